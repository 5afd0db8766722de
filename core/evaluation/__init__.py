"""What a trained model knows: held-out metrics, and predictions for own images."""
