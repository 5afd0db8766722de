"""Short sentences of our own, of very different lengths: text to look at without a network.

Each line is a label, a bar and the sentence.
"""

SENTENCES: tuple[str, ...] = (
    "weather|It rains.",
    "weather|The snow fell all night and nobody heard it.",
    "weather|Fog.",
    "weather|By noon the wind had turned, and the flags that had hung limp since Monday stood out "
    "stiffly towards the sea.",
    "weather|Tomorrow will be warm.",
    "weather|A thin sheet of ice covers the pond.",
    "weather|After the storm the whole street smelled of wet leaves, and every child in it was out "
    "measuring puddles with a stick.",
    "weather|Clouds again!",
    "weather|Is that thunder, or a lorry on the bridge?",
    "weather|The forecast promised sun.",
    "weather|Hail the size of peas drummed on the roof for ten minutes and then stopped at once.",
    "weather|It is cold in the shade but pleasant in the light.",
    "food|Soup is ready.",
    "food|Two eggs, please.",
    "food|She bakes bread every Saturday, long before the rest of the house is awake, and hides "
    "the first roll for herself.",
    "food|Too much salt!",
    "food|The apples from the tree behind the school are small, sour, and better than any others.",
    "food|Who ate the last pancake?",
    "food|Rice and beans.",
    "food|Let the dough rest for an hour, fold it twice, and do not open the oven while it bakes.",
    "food|My grandmother peels an orange in one long ribbon.",
    "food|Tea or coffee?",
    "food|We roasted chestnuts over the fire until our fingers were black.",
    "food|Cheese keeps longer in a cool cellar than in any kitchen.",
    "travel|All aboard!",
    "travel|The train to the coast leaves at seven.",
    "travel|He missed the ferry.",
    "travel|We walked along the canal for three days, slept in barns, and met more herons than "
    "people on the way.",
    "travel|Mind the gap.",
    "travel|Which platform, please?",
    "travel|From the top of the pass you can see four valleys, two lakes and the road that we "
    "should have taken.",
    "travel|Her suitcase went to the wrong city.",
    "travel|The old bus stopped at every farm, whether anyone was waiting there or not.",
    "travel|No map shows this path.",
    "travel|Are we there yet?",
    "travel|They cycled south until the signs were in a language that none of them could read.",
    "animals|The cat sleeps.",
    "animals|Our dog is afraid of balloons, umbrellas, and one particular garden gate.",
    "animals|Owls turn their heads almost all the way round.",
    "animals|Listen, a woodpecker!",
    "animals|An octopus has three hearts and tastes with its arms.",
    "animals|Ants.",
    "animals|The hedgehog comes at dusk, drinks from the bowl that we leave by the steps, and is "
    "gone before the lamp goes on.",
    "animals|Horses can sleep standing up.",
    "animals|Swallows are back!",
    "animals|A snail crossed the whole path while we were having breakfast.",
    "animals|Bees dance to tell the others where the flowers are.",
    "animals|The goat ate my hat.",
)
