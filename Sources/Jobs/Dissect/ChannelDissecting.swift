public import Analysis
public import Datasets
import Explanation
public import Files
import Images
public import Models
import Networks
import Report
import Tensors

/// The files of a dissection.
public struct DissectionReport: Sendable {
  public let dissection: Dissection
  /// `dissection.html`: the page.
  public let page: String
  /// `dissection.json`: all results.
  public let json: String
  /// `channels.csv`: one line for each channel.
  public let channels: String
}

extension GenreModel {
  /// Names the channels of a layer after what they see or hear (network dissection, Bau et al. 2017), and writes into a folder:
  /// `dissection.html`, `dissection.json`, `channels.csv` and `concepts.csv`.
  ///
  /// ```swift
  /// let report = try model.dissect(on: Dataset.load("Music"), output: "Output/dissection")
  /// print(report.dissection.sentence)                    // 27 of 64 channels of conv3 respond to something that has a name: ...
  /// ```
  ///
  /// A channel responds where its activation is among the highest 0.5 % of all over the data. Its responses, at the input's resolution, are
  /// compared with masks of concepts by intersection over union (``Concept/Kind``): labels, and for sound mel bands or ranges of coefficients,
  /// loud and quiet moments and onsets; for pictures colours and masks. It gets the name of the concept with the highest agreement
  /// (``Dissection/Match/agreement``) of those that agree better than after exchanging the concepts of groups, corrected for all channels and
  /// concepts.
  ///
  /// The data is read twice, and memory does not grow with it. Throws ``CodedError``: `usage` for an unknown layer, `badInput` for a data set of
  /// the other kind, `interrupted` if the job is cancelled: then nothing is written.
  public func dissect(
    on dataset: Dataset, selection: ClipSelection = .all, options: DissectionOptions = DissectionOptions(),
    output folder: String, job: Job = Job()
  ) throws -> DissectionReport {
    try options.validate()
    try WrittenFiles.dissection(into: folder).requireApart(from: dataset.inputFiles)
    let data = try DissectionData(dataset, for: self, selection, options)
    let layer = try LayerDissection(self, data, options)
    let stage = try StagedFolder(folder)
    var (dissection, places) = try layer.run(job)
    dissection.model = name ?? network.architecture.name
    let pictures = try DissectionPictures(layer).draw(&dissection, places, job)
    try stage.fill { folder in
      try CSVTable.write(
        header: DissectionTables.channelHeader, rows: DissectionTables.channelRows(dissection),
        to: folder + "/channels.csv")
      try CSVTable.write(
        header: DissectionTables.conceptHeader, rows: DissectionTables.conceptRows(dissection),
        to: folder + "/concepts.csv")
      try DissectionPage(dissection, pictures: pictures).write(to: folder)
      try writeJSON(dissection, to: folder + "/dissection.json")
    }
    try stage.publish(last: "dissection.json")
    return DissectionReport(
      dissection: dissection, page: folder + "/dissection.html", json: folder + "/dissection.json",
      channels: folder + "/channels.csv")
  }
}

/// Draws the inputs in which channels respond most.
private struct DissectionPictures {
  /// Columns of a picture of a map.
  private static let columnLimit = 260
  private let layer: LayerDissection

  init(_ layer: LayerDissection) { self.layer = layer }

  /// PNG files by key; the examples get theirs.
  func draw(
    _ dissection: inout Dissection, _ places: [[LayerDissection.Place]], _ job: Job
  ) throws -> [String: [UInt8]] {
    var (wanted, keys): ([LayerDissection.Place: [Int]], [LayerDissection.Place: String]) = ([:], [:])
    for channel in DissectionPage.shown(dissection).map(\.index) {
      for (number, place) in places[channel].enumerated() {
        wanted[place, default: []].append(channel)
        keys[place] = "input-\(place.group)-\(place.item)"
        dissection.channels[channel].examples[number].picture = keys[place]
      }
    }
    var pictures: [String: [UInt8]] = [:]
    let thresholds = dissection.channels.map { $0.threshold ?? .infinity }
    let spec = layer.model.pictureSpec
    try layer.show(wanted, thresholds: thresholds, job: job) { place, shown in
      guard let key = keys[place] else { return }
      if let map = shown.item.map {
        let grid = MapGrid(map)
        pictures[key] = try MapRaster(
          grid, scale: ColorScale(.central(0.96), for: [grid]), columnLimit: Self.columnLimit
        ).png()
      } else if let spec {
        pictures[key] = try PicturePNG.png(spec.picture(of: shown.item.input))
      }
      for (channel, response) in shown.responses {
        let grid = MapGrid(response)
        pictures[DissectionPage.overlayKey(key, channel: channel)] =
          spec == nil
          ? try MapRaster(MapOverlay(grid: grid), columnLimit: Self.columnLimit).png()
          : try PicturePNG.overlay(grid)
      }
    }
    return pictures
  }
}
