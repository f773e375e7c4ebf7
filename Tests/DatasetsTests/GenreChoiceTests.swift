import Files
import Foundation
import TestSupport
import Testing

@testable import Datasets

@Suite(.tags(.hand)) struct GenreChoiceTests {
  let counts = ["Folk": 3, "Folk, World, & Country": 2, "Hip-Hop": 5, "hip-hop": 1, "Rock": 4, "World": 1]

  static let chosen: [([String], Set<String>)] = [
    (["Folk,Rock"], ["Folk", "Rock"]),
    (["Folk", "Rock"], ["Folk", "Rock"]),
    ([" Folk , Rock ,"], ["Folk", "Rock"]),
    (["Folk, World, & Country"], ["Folk, World, & Country"]),
    (["Rock,Folk,World,& Country,Hip-Hop"], ["Rock", "Folk, World, & Country", "Hip-Hop"]),
    // As a list that was divided at its commas.
    (["Folk", "World", "& Country"], ["Folk, World, & Country"]),
    (["Folk,World"], ["Folk", "World"]),
    (["World,Folk"], ["Folk", "World"]),
    (["rock,FOLK"], ["Folk", "Rock"]),
    (["hip-hop"], ["hip-hop"]),
  ]

  @Test(arguments: chosen) func namesMayHoldCommas(names: [String], expected: Set<String>) throws {
    #expect(try GenreChoice.labels(named: names, among: counts, path: "x") == expected)
  }

  /// Where names are genres one by one, their sequence is not another genre's name.
  @Test func eachNameIsTakenWhole() throws {
    let counts = ["A": 1, "B": 2, "A,B": 3, "C": 4]
    func labels(_ names: String...) throws -> Set<String> {
      try GenreChoice.labels(named: names, among: counts, path: "x")
    }
    #expect(try labels("A", "B") == ["A", "B"] && labels("A,B") == ["A,B"])
    #expect(try labels("A,B", "C") == ["A,B", "C"] && labels("A", "B,C") == ["A,B", "C"])
  }

  @Test func otherNamesListWhatIsThere() throws {
    for names in [["Folk,Jazz"], ["Hip Hop"], ["HIP-HOP"], [""], [" , "], []] {
      let error = #expect(throws: CodedError.self) {
        _ = try GenreChoice.labels(named: names, among: counts, path: "x")
      }
      let list =
        "there are Folk (3), Folk, World, & Country (2), Hip-Hop (5), Rock (4), World (1), hip-hop (1)"
      #expect(error?.code == .unknownLabel && error?.message.hasSuffix(list) == true, "\(names)")
    }
  }

  @Test func aTableListsAllItsGenres() throws {
    let folder = try TemporaryFolder([
      "a.mp3": "", "b.mp3": "", "x.csv": "path,label\na.mp3,Folk\nb.mp3,\"Hip-Hop, Rap\"\n",
    ])
    var collection = TableCollection(table: folder["x.csv"])
    collection.genres = ["Folk,Jazz"]
    let error = #expect(throws: CodedError.self) { _ = try collection.catalog() }
    #expect(error?.message == "no clip of genre 'Jazz'; there are Folk (1), Hip-Hop, Rap (1)")
    collection.genres = ["Hip-Hop, Rap"]
    #expect(try collection.catalog().dataset.labels == ["Hip-Hop, Rap"])
  }
}
