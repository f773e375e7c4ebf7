// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "Benchmarks",
  dependencies: [.package(name: "GenreLens", path: "..")],
  targets: [
    .executableTarget(
      name: "GenreLensBench", dependencies: [.product(name: "GenreLens", package: "GenreLens")])
  ],
  swiftLanguageModes: [.v6]
)
