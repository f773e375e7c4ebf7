/// The document meant by "the founding report".
public enum FoundingDocument {
  /// The authors, title and year of a document.
  public struct Citation: Sendable, Hashable {
    public let authors: String
    public let title: String
    public let year: Int

    public init(authors: String, title: String, year: Int) {
      (self.authors, self.title, self.year) = (authors, title, year)
    }
  }

  /// The report's citation, for example `Citation(authors: "A. Author, B. Author", title: "Its title", year: 2000)`; nil until
  /// the project's owner fills it in. The pages and files of a reproduction take it from here.
  public static let citation: Citation? = nil

  /// What the report can be known by.
  static let content =
    "a report on a small convolutional network that tells Folk from Hip-Hop by their MFCC (98.2 % of the tracks right), with samples of the features (Figure 2), Grad-CAM maps of tracks heard right and wrong (Figures 7 to 10), Grad-CAM against Grad-CAM++ at every convolution (11 and 12) and Average Drop at thresholds 10 and 30"

  /// What it is and where it can be found, as far as that is known.
  public static var words: String { words(citation) }

  static func words(_ citation: Citation?) -> String {
    guard let citation else {
      return
        "The founding report is \(content). Its authors, title and year are not known to this program and are still to be filled in."
    }
    return
      "The founding report is \(citation.authors): \(citation.title), \(citation.year); \(content)."
  }
}
