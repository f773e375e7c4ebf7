public import Datasets

/// Pictures are trained on from memory.
extension PictureExamples: ExampleSource {}
