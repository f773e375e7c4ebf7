import CCairo
public import Files
import Foundation

/// Width and height in points (1/72 inch, one pixel at scale 1).
public struct FigureSize: Sendable, Hashable {
  public var width: Double
  public var height: Double

  public init(width: Double, height: Double) {
    self.width = width
    self.height = height
  }
}

/// A rectangle on a canvas; y grows downwards.
public struct FigureRect: Sendable, Hashable {
  public var x: Double
  public var y: Double
  public var width: Double
  public var height: Double

  public init(x: Double, y: Double, width: Double, height: Double) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  var maxX: Double { x + width }
  var maxY: Double { y + height }
  var midX: Double { x + width / 2 }
  var midY: Double { y + height / 2 }

  func inset(left: Double = 0, top: Double = 0, right: Double = 0, bottom: Double = 0) -> FigureRect {
    FigureRect(
      x: x + left, y: y + top, width: max(width - left - right, 1), height: max(height - top - bottom, 1))
  }
}

/// The file formats for figures.
public enum FigureFormat: String, Sendable, CaseIterable {
  /// Pixels, for pages.
  case png
  /// Vectors, for the web.
  case svg
  /// Vectors, for papers.
  case pdf
}

/// Something that can be drawn; PNG, SVG and PDF come from the same drawing.
public protocol Figure: Sendable {
  /// The preferred size.
  var size: FigureSize { get }
  /// Draws into a part of a canvas.
  func draw(on canvas: borrowing Canvas, in rect: FigureRect) throws(CodedError)
}

extension Figure {
  /// The figure as a file's bytes. `scale` is pixels per point and applies only to PNG.
  ///
  /// Throws ``CodedError`` if Cairo fails or a side is longer than 32 767 pixels.
  public func bytes(_ format: FigureFormat = .png, scale: Double = 2) throws(CodedError) -> [UInt8] {
    let (size, factor) = (size, format == .png ? scale : 1)
    let (width, height) = (size.width * factor, size.height * factor)
    guard width.isFinite, height.isFinite, width >= 1, height >= 1, width <= 32_767, height <= 32_767 else {
      throw CodedError(.badSize, "a figure of \(width) x \(height) pixels: the limit is 32767 a side")
    }
    let surface =
      format == .png
      ? try CairoSurface.image(width: Int(width.rounded(.up)), height: Int(height.rounded(.up)))
      : try CairoSurface.vector(format, width: width, height: height)
    try render(on: surface, format: format, scale: factor)
    switch format {
    case .png: return try surface.pngBytes()
    case .svg: return SVGNumbers.renumbered(try surface.finishedBytes())
    case .pdf: return try surface.finishedBytes()
    }
  }

  private func render(
    on surface: borrowing CairoSurface, format: FigureFormat, scale: Double
  ) throws(CodedError) {
    let canvas = try Canvas(surface: surface, scale: scale, repeatsCells: format == .svg)
    let rect = FigureRect(x: 0, y: 0, width: size.width, height: size.height)
    canvas.fill(rect, .white)
    try draw(on: canvas, in: rect)
    try canvas.check()
  }

  /// Writes the figure; the extension of `path` (png, svg, pdf) selects the format. The file appears whole or not at all.
  public func write(to path: String, scale: Double = 2) throws(CodedError) {
    guard let format = FigureFormat(rawValue: fileExtension(path)) else {
      throw CodedError(.unknownFormat, "a figure's file must end in .png, .svg or .pdf", path: path)
    }
    try writeAtomically(bytes(format, scale: scale), to: path)
  }
}

/// Writes through a temporary file beside the place and a rename.
func writeAtomically(_ bytes: some Sequence<UInt8>, to path: String) throws(CodedError) {
  do {
    try AtomicFile.write(Array(bytes), to: path)
  } catch {
    throw CodedError(.inputOutput, error.description, path: path, underlyingStatus: Int(error.status))
  }
}
