public import Foundation

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

/// A headless Chromium, driven over its debugging pipe: JSON messages that end with a zero byte, written to its file 3 and
/// read from its file 4. It ends when this process does.
public final class Browser: @unchecked Sendable {
  public struct Failure: Error, CustomStringConvertible {
    public let description: String
  }

  /// The browser installed here; nil where there is none.
  public static let path: String? = ["chromium", "chromium-browser", "google-chrome"].lazy
    .flatMap { name in ["/usr/bin/\(name)", "/usr/local/bin/\(name)"] }
    .first { FileManager.default.isExecutableFile(atPath: $0) }

  /// False only where there is no browser and none is demanded (by the environment variable CI): tests are skipped then.
  public static let isExpected = path != nil || ProcessInfo.processInfo.environment["CI"] != nil

  /// Why tests with a browser are skipped.
  public static let missing = "no Chromium here: Scripts/install-dependencies tests installs it"

  /// Started by the first test that needs it.
  public static let shared = Result { try Browser() }

  /// A place for files; it is removed when the browser ends.
  public let folder: URL
  private let process = Process()
  private let input: Int32
  private let output: Int32
  private var buffer: [UInt8] = []
  private var lastID = 0
  /// One call after the other: tests of several suites share the browser.
  private let lock = NSRecursiveLock()
  private var kept: [String: [Event]] = [:]

  /// Messages nobody asked for, by session.
  func events(of session: String) -> [Event] { lock.withLock { kept[session] ?? [] } }

  func forgetEvents(of session: String) { lock.withLock { kept[session] = [] } }

  struct Event {
    let method: String
    let values: [String: Any]
  }

  private init() throws {
    guard let path = Self.path else { throw Failure(description: Self.missing) }
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "genrelens-browser-\(UUID().uuidString)")
    self.folder = folder
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let pipes = ["in", "out"].map { folder.appendingPathComponent($0).path }
    for pipe in pipes {
      guard unsafe mkfifo(pipe, 0o600) == 0 else { throw Failure(description: "no pipe at \(pipe)") }
    }
    // Open for both directions, so that neither side waits for the other here.
    (input, output) = unsafe (open(pipes[0], O_RDWR | O_CLOEXEC), open(pipes[1], O_RDWR | O_CLOEXEC))
    guard input >= 0, output >= 0 else { throw Failure(description: "the browser's pipes do not open") }
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments =
      [
        "-c", "folder=$1; shift; \"$@\" 3<\"$folder/in\" 4>\"$folder/out\"; rm -rf \"$folder\"", "sh",
        folder.path, path,
      ]
      + [
        "--headless", "--remote-debugging-pipe", "--user-data-dir=\(folder.path)/profile", "--no-first-run",
        "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-extensions",
        "--disable-component-update", "--hide-scrollbars", "--mute-audio",
        "--autoplay-policy=no-user-gesture-required",
      ] + (geteuid() == 0 ? ["--no-sandbox"] : []) + ["about:blank"]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    try process.run()
    _ = try call("Browser.getVersion")
  }

  /// A new page of its own, without anything remembered from others.
  public func newPage() throws -> BrowserPage {
    let context = try call("Target.createBrowserContext", ["disposeOnDetach": true])
    let target = try call(
      "Target.createTarget", ["url": "about:blank", "browserContextId": context["browserContextId"] ?? ""])
    let attached = try call(
      "Target.attachToTarget", ["targetId": target["targetId"] ?? "", "flatten": true])
    guard let session = attached["sessionId"] as? String else { throw Failure(description: "no page") }
    return try BrowserPage(self, session: session, target: target["targetId"] as? String ?? "")
  }

  /// Calls a method of the Chrome DevTools protocol and waits for its result.
  func call(_ method: String, _ parameters: [String: Any] = [:], session: String? = nil) throws -> [String:
    Any]
  {
    lock.lock()
    defer { lock.unlock() }
    lastID += 1
    var message: [String: Any] = ["id": lastID, "method": method, "params": parameters]
    if let session { message["sessionId"] = session }
    try send(JSONSerialization.data(withJSONObject: message))
    let deadline = Date(timeIntervalSinceNow: 60)
    while let answer = try next(before: deadline) {
      guard answer["id"] as? Int == lastID else { continue }
      if let error = answer["error"] as? [String: Any] {
        throw Failure(description: "\(method): \(error["message"] ?? error)")
      }
      return answer["result"] as? [String: Any] ?? [:]
    }
    throw Failure(description: "\(method): no answer within 60 seconds")
  }

  /// Reads events for a while.
  func listen(seconds: Double) throws {
    lock.lock()
    defer { lock.unlock() }
    let deadline = Date(timeIntervalSinceNow: seconds)
    while try next(before: deadline) != nil {}
  }

  private func send(_ data: Data) throws {
    var rest = Array(data)[...] + [0]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { unsafe write(input, $0.baseAddress, $0.count) }
      guard count > 0 else { throw Failure(description: "the browser no longer listens") }
      rest = rest.dropFirst(count)
    }
  }

  /// The next message, events being kept as well; nil when none came in time.
  private func next(before deadline: Date) throws -> [String: Any]? {
    var scanned = 0
    while true {
      if let end = buffer[scanned...].firstIndex(of: 0) {
        let message = try JSONSerialization.jsonObject(with: Data(buffer[..<end])) as? [String: Any] ?? [:]
        buffer.removeSubrange(...end)
        if let method = message["method"] as? String {
          let event = Event(method: method, values: message["params"] as? [String: Any] ?? [:])
          kept[message["sessionId"] as? String ?? "", default: []].append(event)
        }
        return message
      }
      scanned = buffer.count
      let left = deadline.timeIntervalSinceNow
      guard left > 0 else { return nil }
      var wanted = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
      guard unsafe poll(&wanted, 1, Int32(left * 1000) + 1) > 0 else { continue }
      var chunk = [UInt8](repeating: 0, count: 1 << 16)
      let count = unsafe read(output, &chunk, chunk.count)
      guard count > 0 else { throw Failure(description: "the browser no longer answers") }
      buffer += chunk[..<count]
    }
  }
}
