public import Files

extension WrittenFiles {
  /// A feature file and its accompanying files.
  public static func features(_ path: String, shard: ShardNumber? = nil) -> WrittenFiles {
    WrittenFiles(FeatureStore.files(writtenAt: shard?.path(ofWhole: path) ?? path))
  }

  /// A manifest and its accompanying files.
  public static func manifest(_ path: String) -> WrittenFiles {
    WrittenFiles([
      path, Catalog.ledgerPath(forManifest: path), ChecksumVerification.journalPath(forManifest: path),
    ])
  }
}

extension Dataset {
  /// The inputs of the data set: its folder or table, its feature file, and the sound files that it names.
  public var inputFiles: [String] {
    var files = [path, path + "/manifest.csv"]
    if let featuresPath { files += FeatureStore.files(readAt: featuresPath) }
    return files + clips.compactMap(\.path)
  }
}
