import Analysis
import Files
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Statistics

@Suite(.tags(.hand, .reference)) struct SliceAnalysisTests {
  private typealias Column = SliceAnalysis.Column

  struct Golden: Decodable {
    struct Slice: Decodable {
      let column: String
      let count, errors: Int
      let p, adjusted: Double
      let interval: [Double]
    }
    let correct: [Bool]
    let country, year, tempo: [String]
    let slices: [Slice]
  }

  /// Against pandas, SciPy and statsmodels; see Golden/generate_slices.py.
  @Test func everySliceIsTheReferences() throws {
    let golden = try golden("slices.json", as: Golden.self)
    let analysis = try SliceAnalysis(
      isCorrect: golden.correct,
      columns: [
        Column(name: "country", values: golden.country), Column(name: "year", values: golden.year),
        Column(name: "tempo", values: golden.tempo),
      ])
    #expect(analysis.columns.map(\.kind) == [.values, .decades, .quartiles] && analysis.testCount == 10)
    // The reference sorts values by name, we by their number of tracks.
    let slices = analysis.columns.flatMap { column in
      column.kind == .values ? column.slices.sorted { $0.words < $1.words } : column.slices
    }
    #expect(slices.count == golden.slices.count)
    for (slice, wanted) in zip(slices, golden.slices) {
      #expect(slice.column == wanted.column && slice.count == wanted.count)
      #expect(slice.errorCount == wanted.errors && slice.standsOut == (wanted.adjusted < 0.05))
      expectNear(slice.p, wanted.p)
      expectNear(slice.adjustedP, wanted.adjusted)
      expectNear(slice.interval.low, wanted.interval[0])
      expectNear(slice.interval.high, wanted.interval[1])
    }
    #expect(analysis.standingOut.first?.words == "DE")
  }

  /// 200 tracks, of which those at 64 kbit/s go wrong in half of the cases and the others in a tenth.
  private static func planted() -> (isCorrect: [Bool], columns: [SliceAnalysis.Column]) {
    let indices = Array(0..<200)
    let rates = indices.map { $0 % 5 == 0 ? "64" : "\(128 + $0 % 3 * 64)" }
    let isCorrect = indices.map { $0 % 5 == 0 ? $0 % 10 != 0 : $0 % 10 != 1 }
    return (
      isCorrect,
      [
        SliceAnalysis.Column(name: "bit rate", values: rates),
        SliceAnalysis.Column(name: "parity", values: indices.map { $0 / 10 % 2 == 0 ? "even" : "odd" }),
        SliceAnalysis.Column(name: "title", values: indices.map { "song \($0)" }),
      ]
    )
  }

  @Test func theBiasInTheDataSetStandsOut() throws {
    let (isCorrect, columns) = Self.planted()
    let analysis = try SliceAnalysis(isCorrect: isCorrect, columns: columns)
    let slice = try #require(analysis.standingOut.first)
    #expect(analysis.standingOut.count == 1 && slice.column == "bit rate" && slice.words == "64")
    #expect(slice.count == 40 && slice.errorCount == 20 && slice.errorRate == 0.5)
    #expect(slice.otherErrorRate == 20 / 160.0)
    #expect(
      slice.sentence.hasPrefix(
        "bit rate 64: 20 of 40 tracks wrong; 50.0 % wrong, 37.5 points more than elsewhere (12.5 %), 4.0 times as often; "
      ))
    // 4 bit rates and 2 parities are tested, so that each interval holds at 1 - 0.05 / 6.
    #expect(analysis.testCount == 6)
    #expect(slice.interval == .wilson(successes: 20, count: 40, level: 1 - 0.05 / 6))
    let (p, adjusted) = (try #require(slice.p), try #require(slice.adjustedP))
    expectNear(adjusted, 6 * p, absolute: 1e-15)
    #expect(analysis.leftOut.map(\.name) == ["title"])
    #expect(analysis.leftOut[0].reason == "200 different values, more than 50")
  }

  /// Slices of noise: in 40 data sets of 10 columns without a bias, false alarms are as rare as promised. The chance of any
  /// in a data set is below 5 %, so that 6 or more of 40 have a chance below 2 %.
  @Test func noiseSeldomStandsOut() throws {
    var alarms = 0
    for seed in 0..<40 {
      var generator = SeededGenerator(seed: UInt64(seed))
      let isCorrect = (0..<150).map { _ in generator.uniform() > 0.2 }
      let columns = (0..<10).map { name in
        Column(name: "\(name)", values: (0..<150).map { _ in "\(generator.index(below: 5))" })
      }
      if try !SliceAnalysis(isCorrect: isCorrect, columns: columns).standingOut.isEmpty { alarms += 1 }
    }
    #expect(alarms < 6)
  }

  @Test func orderOfTracksChangesNothing() throws {
    let (isCorrect, columns) = Self.planted()
    let analysis = try SliceAnalysis(isCorrect: isCorrect, columns: columns)
    let order = isCorrect.indices.shuffled()
    let shuffled = columns.map { column in
      Column(name: column.name, values: order.map { column.values[$0] })
    }
    #expect(try SliceAnalysis(isCorrect: order.map { isCorrect[$0] }, columns: shuffled) == analysis)
    let data = try JSONEncoder().encode(analysis)
    #expect(try JSONDecoder().decode(SliceAnalysis.self, from: data) == analysis)
  }

  private func cut(
    _ name: String, _ values: [String?], minimumCount: Int = 1
  ) throws -> SliceAnalysis.CutColumn? {
    var options = SliceAnalysis.Options()
    options.minimumCount = minimumCount
    let isCorrect = values.indices.map { $0 % 2 == 0 }
    return try SliceAnalysis(
      isCorrect: isCorrect, columns: [Column(name: name, values: values)], options: options
    ).columns.first
  }

  @Test func numbersAreCutIntoQuartiles() throws {
    let even = try #require(try cut("tempo", (1...12).map { "\($0)" }))
    #expect(
      even.kind == .quartiles && even.slices.map(\.words) == ["1 to 3", "4 to 6", "7 to 9", "10 to 12"])
    #expect(even.slices.map(\.count) == [3, 3, 3, 3])
    // Equal numbers stay together, also when they are written differently.
    let tied = try #require(
      try cut("loudness", ["-9", "-9.0", "-9.00", "-9", "-9", "1", "2", "3", "4", "5", "6", "7", "8.5"]))
    #expect(tied.slices.map(\.words) == ["-9", "1", "2 to 5", "6 to 8.5"])
    #expect(tied.slices.map(\.count) == [5, 1, 4, 3])
    // Zero has no sign.
    let zero = try #require(try cut("gain", (1...9).map { "-\($0)" } + ["-0.0"]))
    #expect(zero.slices.last?.words == "-2 to 0")
    // Few numbers are values.
    let few = try #require(try cut("channels", ["1", "2", "2", "1", "2"]))
    #expect(few.kind == .values && few.slices.map(\.words) == ["2", "1"])
    // What is no finite decimal number makes a column of values.
    for odd in ["nan", "inf", "0x10", "1e999", "12 bpm"] {
      #expect(try cut("tempo", (1...12).map { "\($0)" } + [odd])?.kind == .values, "\(odd)")
    }
  }

  @Test func yearsAndDatesAreCutIntoDecades() throws {
    let years = try #require(try cut("Year", ["1968", "1971", "1979", "1980", "2004", nil, " "]))
    #expect(years.kind == .decades)
    #expect(years.slices.map(\.words) == ["1960s", "1970s", "1980s", "2000s"])
    #expect(years.slices.map(\.count) == [1, 2, 1, 1])
    #expect(years.missing.count == 2 && years.missing.errorCount == 1)
    let dates = try #require(try cut("album", ["2008-11-26 01:44:45", "1999/01", "2001"]))
    #expect(dates.kind == .decades && dates.slices.map(\.words) == ["1990s", "2000s"])
    // Four digits alone say nothing, nor do numbers that are no years, nor other text behind them.
    #expect(try cut("length", ["1968", "1971", "1980"])?.kind == .values)
    #expect(try cut("year", ["1968", "19", "1980"])?.kind == .values)
    #expect(try cut("year", ["1968-x", "1971", "1980"])?.kind == .values)
  }

  @Test func rareValuesArePooledAndSmallSlicesNotTested() throws {
    let values = Array(repeating: "US", count: 12) + Array(repeating: "DE", count: 11) + ["FR", "IT", "ES"]
    let column = try #require(try cut("country", values, minimumCount: 10))
    #expect(column.slices.map(\.words) == ["US", "DE", "other (3 rare values)"])
    #expect(column.slices.map(\.isPooled) == [false, false, true])
    #expect(column.slices.map { $0.p == nil } == [false, false, true])
    #expect(column.slices[2].sentence.hasSuffix("too few tracks or artists to test."))
  }

  @Test func whatCannotBeSlicedIsLeftOutWithAReason() throws {
    let columns = [
      Column(name: "empty", values: [nil, "", " ", nil]), Column(name: "one", values: ["a", "a", nil, "a"]),
      Column(name: "decade", values: ["1991", "1992", "1993", "1994"]),
    ]
    let analysis = try SliceAnalysis(isCorrect: [true, false, true, true], columns: columns)
    #expect(analysis.columns.isEmpty && analysis.testCount == 0 && analysis.standingOut.isEmpty)
    #expect(
      analysis.leftOut.map(\.reason) == [
        "no track has a value", "all tracks with a value have the same one (a)",
        "all tracks fall into one decade (1990s)",
      ])
    #expect(throws: CodedError.self) {
      try SliceAnalysis(isCorrect: [true], columns: [], groups: ["a", "b"])
    }
    #expect(throws: CodedError.self) { try SliceAnalysis(isCorrect: [], columns: []) }
    #expect(throws: CodedError.self) {
      try SliceAnalysis(isCorrect: [true], columns: [Column(name: "x", values: [])])
    }
  }
}
