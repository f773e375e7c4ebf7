/// One of several explanation methods whose maps of the same input are shown side by side.
public struct MethodRow: Sendable, Hashable {
  /// For example "cam at block3.relu2".
  public var mapName: String
  /// Rows and columns of its map, before it is enlarged.
  public var rowCount: Int
  public var columnCount: Int
  /// The largest value that is shown.
  public var peak: Double
  /// The smallest share of the input's cells that holds half of the evidence; nil without evidence.
  public var halfShare: Double?
  /// Spearman's rank correlation of its cells with those of the first method's map; nil for the first, and where it has none.
  public var agreement: Double?
  /// The explained class's probability for what the map marks, and for what the same mask keeps in other places; nil if it was not
  /// asked.
  public var kept: Double?
  public var control: Double?
  /// Warnings, by their codes.
  public var flags: [String]
  /// The evidence as a transparent layer over the picture; nil where it is shown elsewhere.
  public var overlay: AnalysisResult.Picture?

  public init(
    mapName: String, rowCount: Int, columnCount: Int, peak: Double, halfShare: Double?, agreement: Double?,
    kept: Double? = nil, control: Double? = nil, flags: [String] = [], overlay: AnalysisResult.Picture? = nil
  ) {
    (self.mapName, self.rowCount, self.columnCount, self.peak) = (mapName, rowCount, columnCount, peak)
    (self.halfShare, self.agreement, self.kept, self.control) = (halfShare, agreement, kept, control)
    (self.flags, self.overlay) = (flags, overlay)
  }
}
