public import Files

extension WrittenFiles {
  /// A model and the files that a training writes along with it.
  public static func model(_ path: String) -> WrittenFiles {
    let paths = OutputPaths(model: path)
    return WrittenFiles(paths.files + files(in: paths.tensorBoard, matching: /events\.out\.tfevents\..*/))
  }
}
