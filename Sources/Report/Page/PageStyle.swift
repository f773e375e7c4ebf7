/// A style sheet of the pages: a file of `Resources`, embedded as a ``PageScript`` is; ASCII, without `</`.
struct PageStyle: Sendable {
  /// What stands between the tags.
  let css: String

  private init(_ file: [UInt8]) { css = pageText(file) }

  /// Everything but the tracks: light and dark, wide and narrow, screen and paper.
  static let page = PageStyle(PackageResources.page_css)
  /// The table of errors and the cards of tracks.
  static let tracks = PageStyle(PackageResources.tracks_css)
  /// What a page of tracks has, and pictures with what lies over them.
  static let pictures = PageStyle(PackageResources.tracks_css + PackageResources.pictures_css)
  /// The claims, plates and tables of the founding report.
  static let founding = PageStyle(PackageResources.founding_css)
}
