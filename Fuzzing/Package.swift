// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "Fuzzing",
  dependencies: [.package(name: "GenreLens", path: "..")],
  targets: [
    // libFuzzer brings the entry point of the program.
    .executableTarget(
      name: "GenreLensFuzz", dependencies: [.product(name: "GenreLens", package: "GenreLens")])
  ],
  swiftLanguageModes: [.v6]
)
