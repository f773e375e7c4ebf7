public import Files

extension WrittenFiles {
  /// A model and what a training writes beside it.
  public static func model(_ path: String) -> WrittenFiles {
    let paths = OutputPaths(model: path)
    return WrittenFiles(paths.files + files(in: paths.tensorBoard, matching: /events\.out\.tfevents\..*/))
  }
}
