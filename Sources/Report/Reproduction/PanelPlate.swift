public import Files

/// A grid of panels, written as a whole and panel by panel, each as PNG, SVG and PDF.
public struct PanelPlate: Sendable {
  /// One picture of the grid.
  public struct Panel: Sendable {
    /// The end of the names of its files.
    public let name: String
    public let figure: any Figure

    public init(_ name: String, _ figure: any Figure) { (self.name, self.figure) = (name, figure) }
  }

  /// The beginning of the file names, for example `figure-7`.
  public let name: String
  public let title: String
  public let subtitle: String
  /// The alternative text for readers who cannot see it, and the caption below it.
  public let caption: String
  public let rows: [[Panel]]

  public init(name: String, title: String, subtitle: String, caption: String, rows: [[Panel]]) {
    (self.name, self.title, self.subtitle, self.caption) = (name, title, subtitle, caption)
    self.rows = rows
  }

  /// The grid.
  public var page: FigurePage {
    FigurePage(title: title, subtitle: subtitle, rows: rows.map { $0.map(\.figure) })
  }

  /// Names of all files, those of the grid first, relative to the folder.
  public var files: [String] {
    Self.formats.map { "\(name).\($0)" }
      + rows.joined().flatMap { panel in Self.formats.map { "panels/\(name)-\(panel.name).\($0)" } }
  }

  private static let formats = FigureFormat.allCases.map(\.rawValue)

  /// Writes the grid into a folder and the panels into its subfolder `panels`; returns the grid as PNG. Throws ``CodedError``.
  @discardableResult public func write(to folder: String) throws(CodedError) -> [UInt8] {
    let page = page
    let png = try page.bytes(.png)
    try writeAtomically(png, to: join(folder, "\(name).png"))
    for format in [FigureFormat.svg, .pdf] {
      try writeAtomically(try page.bytes(format), to: join(folder, "\(name).\(format.rawValue)"))
    }
    try ReportWriter.makeFolder(join(folder, "panels"))
    for panel in rows.joined() {
      for format in FigureFormat.allCases {
        try panel.figure.write(to: join(folder, "panels/\(name)-\(panel.name).\(format.rawValue)"))
      }
    }
    return png
  }
}

/// A panel that says why there is nothing to show.
public struct WordsFigure: Figure, Hashable {
  /// Lines, the first one larger.
  public var lines: [String]
  public var size: FigureSize

  public init(_ lines: [String], size: FigureSize) { (self.lines, self.size) = (lines, size) }

  public func draw(on canvas: borrowing Canvas, in rect: FigureRect) throws(CodedError) {
    let inner = rect.inset(left: 12, top: 12, right: 12, bottom: 12)
    canvas.fill(inner, Color(hex: 0xF6F7F9))
    canvas.frame(inner, .line)
    var y = inner.midY - 8 * Double(lines.count - 1)
    for (index, line) in lines.enumerated() {
      let style: TextStyle = index == 0 ? .panel : .subtitle
      canvas.text(
        canvas.fitted(line, style, width: inner.width - 20), x: inner.midX, y: y, style, anchor: .middle,
        centered: true)
      y += 16
    }
  }
}
