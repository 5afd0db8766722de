"""Sentences about data."""

SENTENCES: dict[str, str] = {
    "data.unknown": "There is no data set “{name}”. Did you mean one of: {known}?",
    "data.not_trainable": "{name} can't be trained on: {why}.",
    "data.path_missing": "{name} needs the path of a folder (or the id of an upload).",
    "data.only_one": "“{name}” alone leaves nothing to tell apart: choose two classes at least, "
    "or none for all.",
    "data.no_such_class": "The data has no class “{name}”; it has: {known}.",
    "data.unknown_collate": "There is no collate function “{name}”; there are: {known}.",
    "data.collate_not_trainable": "The collate function “{name}” makes batches that the training "
    "loop can't use: choose “default”.",
    "data.class_too_small": "The class “{name}” has {count} of the {needed} images that it needs "
    "at least, one for each of train, validation and test: add some, or take the class out.",
    # Pictures.
    "data.picture_unopened": "The picture “{name}” can't be opened ({why}).",
    "data.picture_is_folder": "“{name}” is a folder: name the pictures in it.",
    "data.picture_unreadable": "“{name}” is no picture that Thaw can read (JPEG, PNG, GIF, BMP, "
    "TIFF, WebP or PPM): save it as JPEG or PNG.",
    "data.picture_damaged": "The picture “{name}” is damaged or cut off: copy it again, or take "
    "it out.",
    "data.picture_too_large": "The picture “{name}” has more than {most} million pixels: save it "
    "smaller.",
    "data.picture_too_small": "The picture “{name}” has {width}×{height} pixels; each side needs "
    "at least {least}.",
    # Folders of classes.
    "data.folder_missing": "There is no folder {path} on this computer.",
    "data.folder_unreadable": "The folder {path} can't be read ({why}).",
    "data.linked_folder": "“{name}” is a link to another folder and is not followed: copy the "
    "folder itself there.",
    "data.no_pictures": "There are no pictures in {where}: it needs one folder for each class, "
    "with the pictures of the class in it.",
    "data.no_class_folders": "The pictures in {where} lie in no folders: put those of each class "
    "into a folder that has its name.",
    "data.one_class": "The pictures in {where} make one class ({name}); a model needs two at "
    "least to tell apart. Make one folder for each class.",
    "data.none_readable": "None of the {count} pictures in {where} can be read: save them as JPEG "
    "or PNG.",
    "data.too_many_files": "There are more than {most:,} files in {where}: choose a smaller "
    "folder.",
    "data.not_a_picture": "“{name}” is no picture by its name and was left out.",
    "data.no_class": "“{name}” lies in no folder of a class and was left out.",
    "data.class_only_in_test": "The class “{name}” is in the test folder alone, so nothing could "
    "learn it: its pictures were left out.",
    "data.class_empty": "The folder “{name}” holds no picture that can be used, so it is no class.",
    "data.classes_alike": "These classes have almost the same name: {names}. If they are one "
    "class, put their pictures into one folder.",
    "data.class_small": "The class “{name}” has {count} of at least {needed} images that are "
    "needed to divide it: add some before you train.",
    # Zips.
    "data.zip_empty_file": "The file {file} is empty: bring it again.",
    "data.zip_other_kind": "{file} is no zip but a {kind}: make a zip of the folder that holds the "
    "folders of the classes.",
    "data.zip_none": "{file} is no zip: make one of the folder that holds the folders of the "
    "classes.",
    "data.zip_damaged": "The zip {file} is damaged or was cut off on its way: make it or download "
    "it again.",
    "data.zip_encrypted": "The zip {file} has a password: make one without.",
    "data.zip_method": "The zip {file} is packed in an uncommon way (method {method}): make one "
    "with the zip of your system.",
    "data.zip_too_many": "The zip {file} has {count:,} entries; {most:,} are the most: leave some "
    "pictures out, or use the data set “Image folder”.",
    "data.zip_too_large": "The pictures in {file} take more than {most} GB unpacked: leave some "
    "out, or use the data set “Image folder”.",
    "data.zip_hostile_name": "The zip was refused: its entry “{name}” would lie outside of the "
    "zip's own folder. Make a new zip of the folder.",
    "data.entry_twice": "“{name}” is in the zip twice; the first was kept.",
    "data.entry_no_file": "“{name}” is a link or a device, no file, and was left out.",
    "data.entry_too_large": "“{name}” is larger than {most} MB and was left out.",
    "data.entry_bomb": "“{name}” unpacks to more than a hundred times its size, as no photograph "
    "does, and was left out.",
    "data.entry_damaged": "“{name}” is damaged in the zip and was left out.",
    # Uploads.
    "data.upload_missing": "These uploaded images are not on this computer (any more): bring the "
    "zip, or choose other images.",
    "data.upload_not_stored": "The images could not be stored in {path} ({why}).",
    "data.upload_undeletable": "The upload could not be deleted whole ({why}).",
    # Downloads.
    "data.no_network": "{name} is not on this computer and could not be downloaded ({why}). Go "
    "online and try again, or take what needs no network: {offline}.",
    "data.download_wrong": "What was downloaded for {name} is not this data set: the network may "
    "have put a page of its own in its place. Open a web page, log in if it asks, and try again.",
    "data.download_not_stored": "{name} could not be stored in {path} ({why}): free some space, or "
    "set THAW_HOME to another folder.",
    "data.download_damaged": "{name} on this computer is damaged. Delete the folder {path}; it "
    "will be downloaded again.",
}
