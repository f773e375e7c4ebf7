// swift-tools-version: 6.2
import PackageDescription

// Six programs that use GenreLens from outside of its package. `make test` builds and runs all of them; README.md says what each shows.

let settings: [SwiftSetting] = [.strictMemorySafety(), .enableUpcomingFeature("ExistentialAny")]
let whole = Target.Dependency.product(name: "GenreLens", package: "GenreLens")
let core = Target.Dependency.product(name: "GenreLensCore", package: "GenreLens")

let package = Package(
  name: "Examples",
  dependencies: [.package(name: "GenreLens", path: "..")],
  targets: [
    .executableTarget(name: "ClassifyFolder", dependencies: ["Checking", whole], swiftSettings: settings),
    .executableTarget(name: "ExplainTrack", dependencies: ["Checking", whole], swiftSettings: settings),
    .executableTarget(name: "ExplainSequence", dependencies: ["Checking", whole], swiftSettings: settings),
    .executableTarget(name: "TrainOwnGenres", dependencies: ["Checking", whole], swiftSettings: settings),
    .executableTarget(name: "CaptionShapes", dependencies: ["Checking", whole], swiftSettings: settings),
    .executableTarget(name: "OwnMethod", dependencies: ["Checking", core], swiftSettings: settings),
    .executableTarget(name: "OwnLayer", dependencies: ["Checking", core], swiftSettings: settings),
    // What the programs share: how they check themselves, and examples to train on.
    .target(name: "Checking", dependencies: [core], swiftSettings: settings),
  ])
