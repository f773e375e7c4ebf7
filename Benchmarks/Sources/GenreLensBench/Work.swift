import Foundation

/// Something to be timed, again and again.
protocol Work: AnyObject {
  /// What one repetition gets done, in `unit`s.
  var items: Int { get }
  var unit: String { get }
  /// Mean and standard deviation of what comes out, to be compared with the other tools' where it must agree.
  var check: [Double] { get }
  func runOnce() throws
}

extension Work {
  var check: [Double] { [] }
}

struct UsageError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// `WORK --name value --name value`.
struct Options {
  let work: String
  private var values: [String: String] = [:]

  init(_ arguments: [String]) throws {
    guard let work = arguments.first, arguments.count % 2 == 1 else {
      throw UsageError("usage: GenreLensBench WORK --name value ...")
    }
    self.work = work
    for index in stride(from: 1, to: arguments.count, by: 2) {
      values[String(arguments[index].drop { $0 == "-" })] = arguments[index + 1]
    }
  }

  func string(_ name: String, default standard: String? = nil) throws -> String {
    if let value = values[name] ?? standard { return value }
    throw UsageError("\(work) needs --\(name)")
  }

  func integer(_ name: String, default standard: Int) throws -> Int {
    guard let value = Int(try string(name, default: String(standard))), value >= 0 else {
      throw UsageError("--\(name) must be a number")
    }
    return value
  }

  /// The MP3 files in the folder `--clips`, in order.
  func clips() throws -> [String] {
    let folder = try string("clips")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".mp3") }
    guard !names.isEmpty else { throw UsageError("no MP3 file in \(folder)") }
    return names.sorted().map { folder + "/" + $0 }
  }
}

/// Seconds, of the clock on the wall and of all this process's threads together.
enum Clock {
  static var wall: Double { seconds(CLOCK_MONOTONIC) }
  static var processor: Double { seconds(CLOCK_PROCESS_CPUTIME_ID) }

  private static func seconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}

enum Memory {
  /// A line of /proc/self/status, in MiB.
  static func mebibytes(_ name: String) -> Double {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix(name + ":") }
    return (line?.split { !$0.isNumber }.first).flatMap { Double($0) }.map { $0 / 1024 } ?? 0
  }
}

/// One JSON object a line on standard output, at once.
enum Line {
  static func print(_ object: [String: Any]) {
    var data = (try? JSONSerialization.data(withJSONObject: object, options: .sortedKeys)) ?? Data()
    data.append(0x0A)
    FileHandle.standardOutput.write(data)
  }
}

/// Mean and standard deviation.
func moments(_ values: [Float]) -> [Double] {
  let mean = values.reduce(0) { $0 + Double($1) } / Double(values.count)
  let variance = values.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(values.count)
  return [mean, variance.squareRoot()]
}
