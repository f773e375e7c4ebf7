import Foundation
import LibrarySupport
import TestSupport
import Testing

@testable import Training

@Suite(.tags(.hand, .reference)) struct TensorBoardTests {
  @Test func bytesAreThoseOfTheRealPackage() throws {
    let time = 1_700_000_000.25
    func scalars(_ step: Int64, _ figures: [(String, Float)]) -> TensorBoardEvent {
      TensorBoardEvent(
        wallTime: time + Double(step), step: step,
        content: .scalars(figures.map { .init(tag: $0, value: $1) }))
    }
    let events = [
      TensorBoardEvent(wallTime: time, step: 0, content: .fileVersion("brain.Event:2")),
      TensorBoardEvent(wallTime: time, step: 1, content: .sessionStart),
      scalars(1, [("train/loss", 0.6931472), ("valid/accuracy", 0)]),
      scalars(2, [("train/loss", 1e-9), ("learning_rate", 0.001), ("clips_per_second", 12345.678)]),
      scalars(300, [("train/loss", 3.4e38)]),
    ]
    let golden = try #require(
      Bundle.module.url(forResource: "tensorboard", withExtension: "events", subdirectory: "Golden"))
    #expect(events.flatMap(\.record) == [UInt8](try Data(contentsOf: golden)))
    #expect(
      try EventFile(golden.path).events
        == events.map { event in
          let content: EventFile.Content =
            switch event.content {
            case .fileVersion(let version): .fileVersion(version)
            case .sessionStart: .sessionStart
            case .scalars(let scalars): .scalars(scalars.map { .init(tag: $0.tag, value: $0.value) })
            }
          return .init(wallTime: event.wallTime, step: event.step, content: content)
        })
  }

  @Test func readerOfThisTestSeesDamage() throws {
    let path = try temporaryFolder() + "/events"
    var bytes = TensorBoardEvent(wallTime: 1, step: 2, content: .scalars([.init(tag: "x", value: 3)])).record
    bytes[20] ^= 1
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    #expect(throws: EventFile.Damage.self) { try EventFile(path) }
    bytes[20] ^= 1
    try Data(bytes.dropLast()).write(to: URL(fileURLWithPath: path))
    #expect(throws: EventFile.Damage.self) { try EventFile(path) }
  }
}
