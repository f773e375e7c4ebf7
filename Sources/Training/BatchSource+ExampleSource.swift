public import Datasets

/// A feature store is trained on as it is read: batch by batch from the mapped file.
extension BatchSource: ExampleSource {}
