// swift-tools-version: 6.2
import PackageDescription

// A layer and an explanation method of one's own, outside of the package that trains and explains with them. `make test` runs it.
let package = Package(
  name: "OwnParts",
  dependencies: [.package(name: "GenreLens", path: "../..")],
  targets: [
    .executableTarget(
      name: "OwnParts", dependencies: [.product(name: "GenreLensCore", package: "GenreLens")],
      swiftSettings: [.strictMemorySafety(), .enableUpcomingFeature("ExistentialAny")])
  ])
