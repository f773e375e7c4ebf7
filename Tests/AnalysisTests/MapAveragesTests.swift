import Analysis
import Files
import Foundation
import TestSupport
import Testing

@testable import Statistics

/// A map of class `name` with these values, two bins high.
private func map(_ values: [Float], of name: String = "Folk") -> ExplanationMap {
  ExplanationMap(
    grid: MapGrid(values: values, binCount: 2, frameCount: values.count / 2), polarity: .positive,
    method: "grad-cam", layer: "conv3", className: name, score: 1, probability: 0.7)
}

@Suite(.tags(.hand)) struct MapAveragesTests {
  @Test func meansAreByClassAndErrorType() throws {
    var averages = MapAverages()
    try averages.add(map([1, 2, 3, 4]), label: "Folk", predicted: "Folk")
    try averages.add(map([3, 2, 1, 0]), label: "Folk", predicted: "Folk")
    try averages.add(map([8, 8, 8, 8]), label: "Hip-Hop", predicted: "Folk")
    try averages.add(map([1, 0, 0, 0], of: "Hip-Hop"), label: "Hip-Hop", predicted: "Folk")
    #expect(averages.mean(ofClass: "Folk")?.values == [2, 2, 2, 2])
    #expect(averages.mean(ofClass: "Hip-Hop") == nil)
    let error = MapAverages.Key(label: "Hip-Hop", predicted: "Folk", explained: "Folk")
    #expect(averages.mean(error)?.values == [8, 8, 8, 8])
    #expect(averages.count(error) == 1)
    #expect(averages.keys.map(\.isCorrect) == [true, false, false])
    #expect(averages.keys.map(\.explained) == ["Folk", "Folk", "Hip-Hop"])
  }

  @Test func unitPeakCountsTracksAlike() throws {
    var averages = MapAverages(weighting: .unitPeak)
    try averages.add(map([100, 0, 0, 0]), label: "Folk", predicted: "Folk")
    try averages.add(map([0, 0.1, 0, 0]), label: "Folk", predicted: "Folk")
    try averages.add(map([0, 0, 0, 0]), label: "Folk", predicted: "Folk")
    try averages.add(map([0, 0, 0, -5]), label: "Folk", predicted: "Folk")
    expectClose(
      averages.mean(ofClass: "Folk")?.values ?? [], [0.25, 0.25, 0, -0.25], relative: 1e-6)
  }

  @Test func badMapsAreRefusedWhole() throws {
    var averages = MapAverages()
    try averages.add(map([1, 2, 3, 4]), label: "Folk", predicted: "Folk")
    let shape = #expect(throws: CodedError.self) {
      try averages.add(map([1, 2, 3, 4, 5, 6]), label: "Folk", predicted: "Folk", path: "x.mp3")
    }
    #expect(shape?.code == .shapeMismatch && shape?.path == "x.mp3")
    let number = #expect(throws: CodedError.self) {
      try averages.add(map([1, .nan, 3, 4]), label: "Folk", predicted: "Folk")
    }
    #expect(number?.code == .notFinite)
    #expect(averages.mean(ofClass: "Folk")?.values == [1, 2, 3, 4])
  }

  @Test func typicalTrackHasTheMeansPattern() {
    let mean = map([1, 2, 3, 4]).grid
    let candidates = [[4, 3, 2, 1], [0, 0, 0, 0], [10, 20, 30, 41], [.nan, 2, 3, 4], [1, 2, 3, 9]]
      .map { map($0).grid }
    // Ten times stronger, but the same pattern.
    #expect(TypicalTrack.index(nearestTo: mean, in: candidates) == 2)
    #expect(TypicalTrack.index(nearestTo: mean, in: [candidates[1]]) == nil)
  }

  @Test func medianConfidenceIsTakenAmongCorrectTracksOfTheClass() {
    let confidences = [0.9, 0.6, 0.8, 0.99, 0.7]
    var predictions = confidences.enumerated().map { index, value in
      Prediction(path: "\(index)", label: "Folk", predicted: "Folk", probabilities: [value, 1 - value])
    }
    predictions.append(
      Prediction(path: "w", label: "Folk", predicted: "Hip-Hop", probabilities: [0.4, 0.6]))
    predictions.append(
      Prediction(path: "o", label: "Hip-Hop", predicted: "Hip-Hop", probabilities: [0.1, 0.9]))
    #expect(TypicalTrack.indexOfMedianConfidence(label: "Folk", in: predictions) == 2)
    #expect(TypicalTrack.indexOfMedianConfidence(label: "Rock", in: predictions) == nil)
  }
}

@Suite(.tags(.hand)) struct MapGridTests {
  @Test func profilesAreRowAndColumnMeans() {
    let grid = MapGrid(values: [1, 2, 3, 5, 7, 9], binCount: 2, frameCount: 3)
    #expect(grid.bandProfile() == [2, 7])
    #expect(grid.timeProfile() == [3, 4.5, 6])
    #expect(grid[1, 2] == 9)
    #expect(grid.finiteRange == 1...9)
    #expect(MapGrid(values: [.nan, -.infinity], binCount: 1, frameCount: 2).finiteRange == nil)
  }

  @Test func aFileWithAWrongShapeThrows() throws {
    for text in [
      #"{"values":[1,2,3],"binCount":2,"frameCount":2}"#, #"{"values":[],"binCount":0,"frameCount":4}"#,
      #"{"values":[1],"binCount":-1,"frameCount":-1}"#,
      #"{"values":[1],"binCount":9223372036854775807,"frameCount":3}"#,
    ] {
      #expect(throws: DecodingError.self) {
        try JSONDecoder().decode(MapGrid.self, from: Data(text.utf8))
      }
    }
    let grid = MapGrid(values: [1, 2], binCount: 1, frameCount: 2)
    #expect(try JSONDecoder().decode(MapGrid.self, from: JSONEncoder().encode(grid)) == grid)
  }

  @Test(.tags(.trap)) func wrongShapeTraps() async {
    await #expect(processExitsWith: .failure) {
      _ = MapGrid(values: [1, 2, 3], binCount: 2, frameCount: 2)
    }
  }

  @Test func explanationMapsUseClassAsKey() throws {
    let data = try JSONEncoder().encode(map([1, 2]))
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(object["class"] as? String == "Folk")
    #expect(try JSONDecoder().decode(ExplanationMap.self, from: data) == map([1, 2]))
  }
}
