import Files
import Foundation

/// The locations of the files installed with GenreLens.
public enum Locations {
  /// `name` in the working folder, otherwise in a folder above the executable (the package's root, when the command runs from
  /// `.build`) or in its `share/genrelens` (where `make install` puts it); nil if it is not found.
  public static func find(_ name: String) -> String? {
    if FileSystem.exists(name) { return name }
    guard var folder = FileSystem.resolved("/proc/self/exe") else { return nil }
    for _ in 0..<6 {
      folder = Files.folder(of: folder)
      for candidate in [join(folder, name), join(folder, "share/genrelens/" + name)]
      where FileSystem.exists(candidate) {
        return candidate
      }
    }
    return nil
  }

  /// The location of a model or a recipe: the path, if it exists; otherwise the file installed with GenreLens under that path
  /// (`Checkpoints/fma8-smel20.safetensors`), or in `Checkpoints` under that name, with or without its extension. If nothing is
  /// found, the path itself.
  ///
  /// - Parameter ending: the extension for a name without one, `safetensors` or `yaml`.
  public static func resolved(_ path: String, ending: String) -> String {
    guard !isAbsolute(path), !FileSystem.exists(path) else { return path }
    let name = hasEnding(path, "." + ending) ? path : path + "." + ending
    let names = pathParts(path).count == 1 ? ["Checkpoints/" + name] : [path, name]
    return names.lazy.compactMap(find).first ?? path
  }

  /// The same for a recipe: settings in YAML.
  public static func resolved(_ path: String) -> String { resolved(path, ending: "yaml") }

  /// Reads a model by its path or, for those installed with GenreLens, by its name (``resolved(_:ending:)``).
  public static func model(_ path: String, isToRun: Bool = true) throws -> (path: String, model: GenreModel) {
    let place = resolved(path, ending: "safetensors")
    return (place, try GenreModel(path: place, isToRun: isToRun))
  }

  /// The published checkpoint that is used when no model is named: of those in `Checkpoints/` that know these genres and can
  /// classify sound, the one with the highest validation accuracy, and of several the first by name.
  public static func publishedModel(knowing genres: [String] = ["Folk", "Hip-Hop"]) throws -> (
    path: String, model: GenreModel
  ) {
    guard let folder = find("Checkpoints") else {
      throw CodedError(
        .missing, "no folder Checkpoints here or beside the program: name a model with --model")
    }
    let names = try FileSystem.names(in: folder).filter { hasEnding($0, ".safetensors") }
    var best: (path: String, model: GenreModel)?
    for name in names {
      // Whether it can run is asked of the one that is taken.
      let model = try GenreModel(path: folder + "/" + name, isToRun: false)
      guard genres.allSatisfy(model.labels.contains), model.featureSpec != nil else { continue }
      let accuracy = model.provenance.validAccuracy ?? 0
      if best == nil || accuracy > best?.model.provenance.validAccuracy ?? 0 {
        best = (folder + "/" + name, model)
      }
    }
    guard let best else {
      let wanted = genres.joined(separator: " and ")
      throw CodedError(
        .missing, "no checkpoint that knows \(wanted): name a model with --model", path: folder)
    }
    do {
      return (best.path, try GenreModel(path: best.path))
    } catch {
      throw CodedError(
        error.code, "\(error.message) (the published model, which is taken where --model names none)",
        path: error.path)
    }
  }
}
