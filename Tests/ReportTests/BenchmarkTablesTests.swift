import Analysis
import Report
import Statistics
import TestSupport
import Testing

@testable import Report

@Suite(.tags(.hand)) struct BenchmarkTablesTests {
  typealias Subject = ExplanationBenchmark.Subject

  static func benchmark() -> ExplanationBenchmark {
    let subjects = ["conv1", "conv|2"].flatMap { layer in
      ["grad-cam", "grad-cam++"].map { Subject(method: $0, layer: layer) }
    }
    let controls = [
      Subject(method: "random-map", layer: "conv1", isControl: true),
      Subject(method: "energy-map", layer: "input", isControl: true),
    ]
    var table = FaithfulnessTable()
    for item in 0..<12 {
      for (number, subject) in (subjects + controls).enumerated() {
        table.add(10 * Double(number) + Double(item % 3), .averageDrop("hadamard"), of: subject)
        table.add(20, .keptShare("hadamard"), of: subject)
        table.add(90, .averageDrop("hadamard"), of: subject.shuffled)
      }
    }
    var benchmark = ExplanationBenchmark()
    benchmark.figures = table.figures(Bootstrap())
    benchmark.layers = ["conv1", "conv|2"]
    benchmark.facts = [.init("Baseline", "mean"), .init("Recordings", "12")]
    for pair in [(0, 1), (3, 2)] {
      benchmark.comparisons +=
        [table.comparison(.averageDrop("hadamard"), subjects[pair.0], subjects[pair.1], Bootstrap())]
        .compactMap(\.self)
    }
    benchmark.adjustComparisons()
    benchmark.flags = [.init(subject: subjects[0], flag: "no-positive-evidence", count: 2)]
    benchmark.notes = ["a note"]
    return benchmark
  }

  @Test func tablesSayWhatWasMeasuredAndMarkWhoLoses() {
    let text = BenchmarkTables(Self.benchmark()).markdown
    #expect(text.contains("| Baseline | mean |"))
    #expect(text.contains("| grad-cam | conv1 | 1.0 (0.6, 1.5) | 20.0 |"))
    #expect(text.contains("| *energy-map* | input | 51.0 ("))
    #expect(text.contains("conv\\|2"))
    #expect(text.contains("## grad-cam against grad-cam++, clip by clip"))
    // The second pair was compared the other way round: Grad-CAM has 21, Grad-CAM++ 31.
    #expect(
      text.contains(
        "| conv\\|2 | Average Drop, hadamard ↓ | 21.0 | 31.0 | −10.0 (−10.0, −10.0) | < 0.001 | 100.0 %"))
    #expect(text.contains("| grad-cam | conv1 | no-positive-evidence | 2 |"))
    #expect(text.contains("- a note"))
    #expect(!text.contains("| *shuffled"))
    #expect(text.contains("| grad-cam | conv1 | 1.0 | 90.0 |"))
  }

  @Test func controlsThatAreNotBeatenLeaveTheirMark() throws {
    var table = FaithfulnessTable()
    let subject = Subject(method: "grad-cam", layer: "conv1")
    for item in 0..<10 {
      table.add(50 + Double(item % 2), .averageDrop("hadamard"), of: subject)
      table.add(
        50, .averageDrop("hadamard"), of: .init(method: "random-map", layer: "conv1", isControl: true))
      table.add(
        90, .averageDrop("hadamard"), of: .init(method: "energy-map", layer: "input", isControl: true))
      table.add(20, .averageDrop("hadamard"), of: subject.shuffled)
    }
    var benchmark = ExplanationBenchmark()
    benchmark.figures = table.figures(Bootstrap())
    let line = try #require(
      BenchmarkTables(benchmark).markdown.split(separator: "\n").first { $0.hasPrefix("| grad-cam | conv1") })
    #expect(line.contains("†") && !line.contains("‡") && line.contains("§"))
    let row = try #require(BenchmarkTables(benchmark).figureRows.first)
    #expect(Array(row.suffix(6).prefix(3)) == ["no", "yes", "no"])
    #expect(BenchmarkTables(benchmark).markdown.contains("corrected for all 3 such comparisons (Holm)"))
  }

  @Test func rowsHaveOneCellForEachColumn() {
    let tables = BenchmarkTables(Self.benchmark())
    #expect(!tables.figureRows.isEmpty && !tables.comparisonRows.isEmpty)
    #expect(tables.figureRows.allSatisfy { $0.count == BenchmarkTables.figureHeader.count })
    #expect(tables.comparisonRows.allSatisfy { $0.count == BenchmarkTables.comparisonHeader.count })
    #expect(tables.comparisonRows[0].suffix(6).prefix(4) == ["12", "0", "0", "100.0"])
  }

  @Test func theLayerStudyDrawsInEveryFormat() throws {
    let figure = try #require(LayerStudyFigure(Self.benchmark()))
    #expect(figure.places == ["input", "conv1", "conv|2"])
    #expect(figure.names == ["grad-cam", "grad-cam++", "random-map", "energy-map"])
    #expect(figure.panels.count == 1 && figure.panels[0].series[0].points.map(\.mean) == [1, 21])
    for format in FigureFormat.allCases { #expect(try figure.bytes(format).count > 2000) }
    #expect(LayerStudyFigure(ExplanationBenchmark()) == nil)
  }

  /// The control of the claims, a map's own values in random places, is drawn where it is asked for, beside its map.
  @Test func theLayerStudyHasTheShuffledMaps() throws {
    let figure = try #require(LayerStudyFigure(Self.benchmark(), showsShuffled: true))
    #expect(Set(figure.names).isSuperset(of: ["shuffled grad-cam", "shuffled grad-cam++"]))
    #expect(
      figure.labels.sorted() == [
        "Grad-CAM", "Grad-CAM++", "Grad-CAM++, shuffled", "Grad-CAM, shuffled",
        "energy of the input (control)",
        "random map (control)",
      ])
    let panel = try #require(figure.panels.first)
    #expect(panel.title == "Average Drop, the map as the mask (Hadamard)")
    let shuffled = try #require(panel.series.first { $0.name == "shuffled grad-cam" })
    #expect(shuffled.isControl && shuffled.points.map(\.mean) == [90, 90])
    for format in FigureFormat.allCases { #expect(try figure.bytes(format).count > 2000) }
    #expect(
      try figure.bytes(.png)
        != #require(LayerStudyFigure(Self.benchmark())).bytes(.png))
  }

  @Test func masksHaveWords() {
    let words = ["hadamard", "threshold-30", FoundingClaims.allThresholds, "other"].map {
      FaithfulnessMetric.averageDrop($0).words
    }
    #expect(
      words == [
        "Average Drop, the map as the mask (Hadamard)", "Average Drop at threshold 30",
        "Average Drop, mean over all thresholds", "Average Drop, other",
      ])
    #expect(
      FaithfulnessMetric.insertion.words == "Insertion AUC" && FaithfulnessMetric.road.words == "ROAD score")
  }

  @Test func theMiddleOfPicturesIsAControl() throws {
    let (map, middle) = (
      Subject(method: "grad-cam", layer: "conv1"),
      Subject(method: "center-map", layer: "input", isControl: true)
    )
    var table = FaithfulnessTable()
    for item in 0..<6 {
      table.add(50 + Double(item % 2), .objectPointing, of: map)
      table.add(80 + Double(item % 3), .objectPointing, of: middle)
      table.add(20, .objectArea, of: map)
    }
    var benchmark = ExplanationBenchmark()
    benchmark.figures = table.figures(Bootstrap())
    benchmark.facts = [.init("Pictures", "6 in 6 groups; without labels")]
    #expect(benchmark.isOfPictures && !Self.benchmark().isOfPictures)
    let tables = BenchmarkTables(benchmark)
    #expect(tables.markdown.contains("¶ than a spot in the middle of the picture"))
    #expect(tables.markdown.contains("## Marked objects: is the evidence in them?"))
    #expect(tables.markdown.contains(") ¶ | 20.0 |"))
    #expect(tables.figureColumns.suffix(2) == ["beats_center", "p_center"])
    #expect(tables.figureRows.allSatisfy { $0.count == tables.figureColumns.count })
    #expect(tables.figureRows[0][15] == "no")
    #expect(BenchmarkTables(Self.benchmark()).figureColumns == BenchmarkTables.figureHeader)
  }

  @Test func manyLayersHaveRoom() throws {
    var table = FaithfulnessTable()
    let layers = (1...40).map { "block\($0).conv" }
    for layer in layers {
      for item in 0..<3 {
        table.add(Double(item), .averageDrop("hadamard"), of: Subject(method: "grad-cam", layer: layer))
      }
    }
    var benchmark = ExplanationBenchmark()
    (benchmark.figures, benchmark.layers) = (table.figures(Bootstrap()), layers)
    let figure = try #require(LayerStudyFigure(benchmark))
    #expect(figure.places == layers && figure.size.width > 40 * 16)
    #expect(try figure.bytes(.svg).count > 5000)
  }

  @Test func theLayerStudySaysWhatItIsOf() throws {
    var benchmark = Self.benchmark()
    benchmark.facts = [.init("Recordings", "12 in 4 groups; 10 labelled right"), .init("Seed", "1")]
    let figure = try #require(LayerStudyFigure(benchmark))
    #expect(figure.subtitle.hasSuffix("; 12 recordings in 4 groups; 10 labelled right; seed 1"))
  }
}
