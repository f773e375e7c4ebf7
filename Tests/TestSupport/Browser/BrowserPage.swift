public import Foundation

/// One page of a ``Browser``.
public final class BrowserPage {
  private let browser: Browser
  private let session: String
  private let target: String

  init(_ browser: Browser, session: String, target: String) throws {
    (self.browser, self.session, self.target) = (browser, session, target)
    for domain in ["Page", "Runtime", "Log", "Network"] { try call("\(domain).enable") }
  }

  @discardableResult
  private func call(_ method: String, _ parameters: [String: Any] = [:]) throws -> [String: Any] {
    try browser.call(method, parameters, session: session)
  }

  /// Ends the page.
  public func close() { _ = try? browser.call("Target.closeTarget", ["targetId": target]) }

  // MARK: Settings

  /// Width and height in CSS pixels.
  public func setSize(_ width: Int, _ height: Int, isPhone: Bool = false) throws {
    try call(
      "Emulation.setDeviceMetricsOverride",
      ["width": width, "height": height, "deviceScaleFactor": 1, "mobile": isPhone])
  }

  public func setScript(isOn: Bool) throws {
    try call("Emulation.setScriptExecutionDisabled", ["value": !isOn])
  }

  /// `media` is "print" or empty for the screen; features such as `["prefers-color-scheme": "dark"]`.
  public func emulate(media: String = "", features: [String: String] = [:]) throws {
    try call(
      "Emulation.setEmulatedMedia",
      ["media": media, "features": features.map { ["name": $0.key, "value": $0.value] }])
  }

  // MARK: Doing

  /// Opens a file and waits for its load event.
  public func open(file path: String) throws {
    browser.forgetEvents(of: session)
    try call("Page.navigate", ["url": URL(fileURLWithPath: path).absoluteString])
    let deadline = Date(timeIntervalSinceNow: 60)
    while events("Page.loadEventFired").isEmpty {
      guard Date() < deadline else { throw Browser.Failure(description: "\(path) does not load") }
      try browser.listen(seconds: 0.01)
    }
  }

  /// The value of an expression, as JSON would give it.
  @discardableResult
  public func value(_ expression: String) throws -> Any? {
    let answer = try call(
      "Runtime.evaluate", ["expression": expression, "returnByValue": true, "awaitPromise": true])
    if let details = answer["exceptionDetails"] as? [String: Any] {
      let exception = details["exception"] as? [String: Any]
      throw Browser.Failure(
        description: "\(expression): \(exception?["description"] ?? details["text"] ?? "failed")")
    }
    return (answer["result"] as? [String: Any])?["value"]
  }

  public func number(_ expression: String) throws -> Double {
    guard let value = try value(expression) as? NSNumber else {
      throw Browser.Failure(description: "\(expression) is no number")
    }
    return value.doubleValue
  }

  public func text(_ expression: String) throws -> String { try value(expression) as? String ?? "" }

  public func isTrue(_ expression: String) throws -> Bool {
    try value("Boolean(\(expression))") as? Bool ?? false
  }

  /// Waits until an expression is true; false when it is not within a minute, which only a busy machine needs.
  public func wait(for expression: String) throws -> Bool {
    let deadline = Date(timeIntervalSinceNow: 60)
    while Date() < deadline {
      if try isTrue(expression) { return true }
      try browser.listen(seconds: 0.03)
    }
    return false
  }

  /// Presses and releases a key by its name in the standard, such as "ArrowLeft", " " or "j".
  public func press(_ key: String, shift: Bool = false) throws {
    let codes = [
      " ": 32, "ArrowLeft": 37, "ArrowRight": 39, "Home": 36, "End": 35, "Escape": 27, "Enter": 13, "Tab": 9,
    ]
    var values: [String: Any] = ["key": key, "modifiers": shift ? 8 : 0]
    if let code = codes[key] { values["windowsVirtualKeyCode"] = code }
    if key.count == 1 { values["text"] = key } else if key == "Enter" { values["text"] = "\r" }
    try call("Input.dispatchKeyEvent", values.merging(["type": "keyDown"]) { $1 })
    try call("Input.dispatchKeyEvent", values.merging(["type": "keyUp"]) { $1 })
  }

  /// Types text into what has the focus.
  public func type(_ text: String) throws { try call("Input.insertText", ["text": text]) }

  /// Clicks into the middle of the first element of a selector, or at a share of its width; it is scrolled into view.
  public func click(_ selector: String, across share: Double = 0.5, dragTo: Double? = nil) throws {
    try show(selector)
    let find = """
      (() => { const b = document.querySelector(\(quoted(selector))).getBoundingClientRect();
        return [b.left, Math.max(b.top, 0) / 2 + Math.min(b.bottom, innerHeight) / 2, b.width]; })()
      """
    guard let box = try value(find) as? [NSNumber], box.count == 3 else {
      throw Browser.Failure(description: "nothing to click at \(selector)")
    }
    let place = { (share: Double) in
      ["x": box[0].doubleValue + share * box[2].doubleValue, "y": box[1].doubleValue] as [String: Any]
    }
    let button: [String: Any] = ["button": "left", "buttons": 1, "clickCount": 1]
    try call("Input.dispatchMouseEvent", place(share).merging(["type": "mouseMoved"]) { $1 })
    try call(
      "Input.dispatchMouseEvent", place(share).merging(button) { $1 }.merging(["type": "mousePressed"]) { $1 }
    )
    if let dragTo {
      try call(
        "Input.dispatchMouseEvent",
        place(dragTo).merging(button) { $1 }.merging(["type": "mouseMoved"]) { $1 })
    }
    try call(
      "Input.dispatchMouseEvent",
      place(dragTo ?? share).merging(button) { $1 }.merging(["type": "mouseReleased"]) { $1 })
  }

  /// Scrolls until the first element of a selector is in the middle, and waits until everything in sight is drawn.
  public func show(_ selector: String) throws {
    try value(
      """
      (async () => {
        for (let turn = 0; turn < 3; turn += 1) {
          document.querySelector(\(quoted(selector))).scrollIntoView({ block: "center", behavior: "instant" });
          await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        }
      })()
      """)
  }

  private func quoted(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }

  // MARK: Looking

  private func events(_ method: String) -> [Browser.Event] {
    browser.events(of: session).filter { $0.method == method }
  }

  /// Errors, warnings and uncaught exceptions since the page was opened, refusals by the page's policy among them.
  public var complaints: [String] {
    let exceptions = events("Runtime.exceptionThrown").map { event in
      let details = event.values["exceptionDetails"] as? [String: Any]
      return "\((details?["exception"] as? [String: Any])?["description"] ?? details?["text"] ?? "exception")"
    }
    let entries = events("Log.entryAdded").compactMap { $0.values["entry"] as? [String: Any] }
      .filter { ["error", "warning"].contains($0["level"] as? String ?? "") }.map { "\($0["text"] ?? "")" }
    let calls = events("Runtime.consoleAPICalled")
      .filter { ["error", "warning", "assert"].contains($0.values["type"] as? String ?? "") }
      .map { "\($0.values["args"] ?? "")" }
    return exceptions + entries + calls
  }

  /// Addresses asked for since the page was opened, those within the page (`data:`) left out.
  public var requests: [String] {
    events("Network.requestWillBeSent").compactMap {
      ($0.values["request"] as? [String: Any])?["url"] as? String
    }.filter { !$0.hasPrefix("data:") }
  }

  /// The first `height` pixels of the page, or of the element of a selector, as PNG; `scale` pixels for each of them.
  public func screenshot(of selector: String? = nil, height limit: Double = 4000, scale: Double = 1) throws
    -> Data
  {
    if let selector { try show(selector) }
    let box =
      try selector.map { selector in
        try value(
          "(() => { const b = document.querySelector(\(quoted(selector))).getBoundingClientRect(); return [b.left + scrollX, b.top + scrollY, b.width, b.height]; })()"
        ) as? [NSNumber] ?? []
      } ?? (try value("[0, 0, innerWidth, document.documentElement.scrollHeight]") as? [NSNumber] ?? [])
    guard box.count == 4 else { throw Browser.Failure(description: "nothing to see at \(selector ?? "")") }
    let answer = try call(
      "Page.captureScreenshot",
      [
        "format": "png", "captureBeyondViewport": true,
        "clip": [
          "x": box[0].doubleValue, "y": box[1].doubleValue, "width": box[2].doubleValue,
          "height": min(box[3].doubleValue, limit), "scale": scale,
        ],
      ])
    guard let data = Data(base64Encoded: answer["data"] as? String ?? "") else {
      throw Browser.Failure(description: "no picture")
    }
    return data
  }

  /// The page on paper, A4.
  public func pdf() throws -> Data {
    let answer = try call(
      "Page.printToPDF", ["printBackground": false, "paperWidth": 8.27, "paperHeight": 11.69])
    return Data(base64Encoded: answer["data"] as? String ?? "") ?? Data()
  }
}
