// swift-tools-version: 6.2
import PackageDescription

// MARK: - Settings shared by every Swift target

let settings: [SwiftSetting] = [
  .strictMemorySafety(),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

// MARK: - Package

let package = Package(
  name: "GenreLens",
  products: [
    .library(name: "GenreLens", targets: ["GenreLens"]),
    // Networks, training and explanation without analysis, reports and jobs.
    .library(
      name: "GenreLensCore",
      targets: [
        "Files", "Tensors", "Images", "Statistics", "Audio", "Features", "Networks", "Models", "Exchange",
        "Datasets",
        "Training", "Explanation",
      ]),
    .executable(name: "genrelens", targets: ["genrelens"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
  ],
  targets: [
    // C libraries: a module map and a shim header each.
    .systemLibrary(
      name: "CMPG123", path: "Sources/System/CMPG123", pkgConfig: "libmpg123",
      providers: [.apt(["libmpg123-dev"])]),
    .systemLibrary(
      name: "CSndfile", path: "Sources/System/CSndfile", pkgConfig: "sndfile",
      providers: [.apt(["libsndfile1-dev"])]),
    .systemLibrary(
      name: "CTagLib", path: "Sources/System/CTagLib", pkgConfig: "taglib",
      providers: [.apt(["libtag1-dev"])]),
    .systemLibrary(
      name: "CSoxr", path: "Sources/System/CSoxr", pkgConfig: "soxr",
      providers: [.apt(["libsoxr-dev"])]),
    .systemLibrary(
      name: "CFFTW", path: "Sources/System/CFFTW", pkgConfig: "fftw3f",
      providers: [.apt(["libfftw3-dev"])]),
    .systemLibrary(
      name: "COneDNN", path: "Sources/System/COneDNN", providers: [.apt(["libdnnl-dev"])]),
    .systemLibrary(
      name: "CCairo", path: "Sources/System/CCairo", pkgConfig: "cairo",
      providers: [.apt(["libcairo2-dev", "fonts-dejavu-core"])]),
    .systemLibrary(
      name: "CLibcrypto", path: "Sources/System/CLibcrypto", pkgConfig: "libcrypto",
      providers: [.apt(["libssl-dev"])]),
    .systemLibrary(
      name: "CZlib", path: "Sources/System/CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(
      name: "CPNG", path: "Sources/System/CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(
      name: "CJPEG", path: "Sources/System/CJPEG", pkgConfig: "libjpeg",
      providers: [.apt(["libjpeg62-turbo-dev"])]),
    .systemLibrary(name: "CAffinity", path: "Sources/System/CAffinity"),
    .systemLibrary(name: "CExtendedAttributes", path: "Sources/System/CExtendedAttributes"),

    // Convolution kernels of our own, in C for the sake of AVX-512 intrinsics.
    .target(name: "CKernels", exclude: ["README.md"]),

    // The tags of sound files behind functions in C, because TagLib is C++.
    .target(
      name: "CTags", dependencies: ["CTagLib"], exclude: ["README.md"],
      linkerSettings: [.linkedLibrary("tag")]),

    // Pictures behind functions in C, because libpng and libjpeg leave their errors by longjmp.
    .target(
      name: "CPictures", dependencies: ["CPNG", "CJPEG"], exclude: ["README.md"],
      linkerSettings: [.linkedLibrary("png16"), .linkedLibrary("jpeg")]),

    // The library, a chain: each target imports only what stands above it.
    .target(
      name: "Files", dependencies: ["CExtendedAttributes", "CLibcrypto"],
      exclude: ["README.md"], swiftSettings: settings),
    .target(
      name: "Tensors", dependencies: ["Files", "CKernels", "COneDNN"],
      exclude: ["README.md"], swiftSettings: settings),
    .target(
      name: "Images", dependencies: ["Files", "Tensors", "CPictures"],
      exclude: ["README.md"], swiftSettings: settings),
    .target(
      name: "Statistics", dependencies: ["Files", "Tensors"],
      exclude: ["README.md"], swiftSettings: settings),
    .target(
      name: "Audio", dependencies: ["Files", "CMPG123", "CSndfile", "CSoxr", "CTags"],
      exclude: ["README.md"], swiftSettings: settings),
    .target(
      name: "Features", dependencies: ["Files", "Tensors", "Audio", "CFFTW"],
      exclude: ["README.md"], swiftSettings: settings),
    .target(
      name: "Networks", dependencies: ["Files", "Tensors", "CKernels"],
      exclude: ["README.md"], swiftSettings: settings),
    .target(
      name: "Models", dependencies: ["Files", "Tensors", "Images", "Features", "Networks"],
      exclude: ["README.md"], swiftSettings: settings),
    .target(
      name: "Exchange", dependencies: ["Files", "Tensors", "Images", "Features", "Networks", "Models"],
      exclude: ["README.md"], swiftSettings: settings),
    .target(
      name: "Datasets",
      dependencies: ["Files", "Tensors", "Images", "Audio", "Features", "Models", "CAffinity"],
      exclude: ["README.md"], swiftSettings: settings),
    .target(
      name: "Training",
      dependencies: [
        "Files", "Tensors", "Images", "Audio", "Features", "Networks", "Models", "Datasets",
        .product(name: "Yams", package: "Yams"),
      ],
      exclude: ["README.md"], swiftSettings: settings),
    .target(
      name: "Explanation",
      dependencies: ["Files", "Tensors", "Statistics", "Audio", "Features", "Networks", "Models"],
      exclude: ["README.md"], swiftSettings: settings),
    .target(
      name: "Analysis",
      dependencies: [
        "Files", "Tensors", "Images", "Statistics", "Audio", "Features", "Networks", "Models", "Datasets",
        "Explanation",
      ],
      exclude: ["README.md"], swiftSettings: settings),
    .target(
      name: "Report", dependencies: ["Files", "Images", "Statistics", "Analysis", "CCairo", "CZlib"],
      exclude: ["README.md"],
      // Scripts and style sheets of the pages, within the code: a binary needs no files beside it.
      resources: [.embedInCode("Resources")], swiftSettings: settings),
    .target(
      name: "Experiments",
      dependencies: [
        "Files", "Tensors", "Images", "Statistics", "Audio", "Features", "Networks", "Models", "Datasets",
        "Training",
        "Analysis", "Report", .product(name: "Yams", package: "Yams"),
      ],
      exclude: ["README.md"], swiftSettings: settings),
    .target(
      name: "Jobs",
      dependencies: [
        "Files", "Tensors", "Images", "Statistics", "Audio", "Features", "Networks", "Models", "Datasets",
        "Training",
        "Explanation", "Analysis", "Report", "Experiments",
      ],
      exclude: ["README.md"], swiftSettings: settings),
    .target(
      name: "GenreLens",
      dependencies: [
        "Files", "Tensors", "Images", "Statistics", "Audio", "Features", "Networks", "Models", "Exchange",
        "Datasets",
        "Training", "Explanation", "Analysis", "Report", "Experiments", "Jobs",
      ],
      exclude: ["README.md"], swiftSettings: settings),
    .executableTarget(
      name: "genrelens",
      dependencies: [
        "Files", "GenreLens", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      exclude: ["README.md"], swiftSettings: settings),

    // Tests
    .target(name: "CMutexWatch", path: "Tests/CMutexWatch"),
    .target(
      name: "TestSupport", dependencies: ["Files", "CSndfile", "CMutexWatch"], path: "Tests/TestSupport",
      swiftSettings: settings),
    // What tests of several modules share, made with the library.
    .target(
      name: "LibrarySupport",
      dependencies: [
        "Files", "Tensors", "Audio", "Features", "Networks", "Models", "Datasets", "Training", "TestSupport",
      ],
      path: "Tests/LibrarySupport", swiftSettings: settings),
    .testTarget(
      name: "FilesTests", dependencies: ["Files", "CLibcrypto", "TestSupport"], swiftSettings: settings),
    .testTarget(
      name: "TensorsTests", dependencies: ["Files", "Tensors", "CKernels", "TestSupport"],
      resources: [.copy("Golden")], swiftSettings: settings),
    .testTarget(
      name: "ImagesTests", dependencies: ["Files", "Tensors", "Images", "TestSupport"],
      resources: [.copy("Golden")], swiftSettings: settings),
    .testTarget(
      name: "AudioTests", dependencies: ["Files", "Audio", "TestSupport"],
      resources: [.copy("Golden")], swiftSettings: settings),
    .testTarget(
      name: "FeaturesTests", dependencies: ["Files", "Tensors", "Audio", "Features", "TestSupport"],
      resources: [.copy("Golden")], swiftSettings: settings),
    .testTarget(
      name: "NetworksTests", dependencies: ["Files", "Tensors", "Networks", "CKernels", "TestSupport"],
      resources: [.copy("Golden")], swiftSettings: settings),
    .testTarget(
      name: "ModelsTests",
      dependencies: ["Files", "Tensors", "Images", "Features", "Networks", "Models", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "ExchangeTests",
      dependencies: [
        "Files", "Tensors", "Images", "Features", "Networks", "Models", "Exchange", "TestSupport",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "DatasetsTests",
      dependencies: ["Files", "Tensors", "Images", "Audio", "Features", "Models", "Datasets", "TestSupport"],
      resources: [.copy("Golden")], swiftSettings: settings),
    .testTarget(
      name: "TrainingTests",
      dependencies: [
        "Files", "Tensors", "Images", "Features", "Networks", "Models", "Datasets", "Training", "Explanation",
        "TestSupport", "LibrarySupport",
      ],
      resources: [.copy("Golden")], swiftSettings: settings),
    .testTarget(
      name: "ExplanationTests",
      dependencies: [
        "Files", "Tensors", "Statistics", "Audio", "Features", "Networks", "Explanation", "TestSupport",
      ],
      resources: [.copy("Golden")], swiftSettings: settings),
    .testTarget(
      name: "StatisticsTests", dependencies: ["Files", "Tensors", "Statistics", "TestSupport"],
      resources: [.copy("Golden")], swiftSettings: settings),
    .testTarget(
      name: "AnalysisTests",
      dependencies: [
        "Files", "Tensors", "Statistics", "Audio", "Features", "Networks", "Models", "Datasets",
        "Explanation", "Analysis", "TestSupport", "LibrarySupport",
      ],
      resources: [.copy("Golden")], swiftSettings: settings),
    .testTarget(
      name: "ReportTests",
      dependencies: [
        "Files", "Tensors", "Images", "Statistics", "Explanation", "Analysis", "Report", "CCairo",
        "CLibcrypto",
        "TestSupport",
      ],
      resources: [.copy("Golden")], swiftSettings: settings),
    .testTarget(
      name: "ExperimentsTests",
      dependencies: [
        "Files", "Tensors", "Images", "Statistics", "Features", "Networks", "Models", "Datasets", "Training",
        "Analysis", "Experiments", "TestSupport", "LibrarySupport",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "JobsTests",
      dependencies: [
        "Files", "Tensors", "Images", "Audio", "Features", "Networks", "Models", "Datasets", "Training",
        "Explanation", "Analysis", "Report", "Experiments", "Jobs", "TestSupport", "LibrarySupport",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "GenreLensTests",
      dependencies: [
        "genrelens", "Files", "Tensors", "Audio", "Networks", "Training", "Analysis", "Jobs", "GenreLens",
        "TestSupport", "LibrarySupport",
      ],
      swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)

// Tests of some targets only, such as those that run under ThreadSanitizer (Scripts/find-races), need no more than these import.
if let names = Context.environment["ONLY_TESTS"]?.split(separator: " ").map(String.init) {
  var (needed, waiting) = (Set(names), names)
  while let name = waiting.popLast() {
    for dependency in package.targets.first(where: { $0.name == name })?.dependencies ?? [] {
      if case .byNameItem(let other, _) = dependency, needed.insert(other).inserted { waiting.append(other) }
    }
  }
  package.targets.removeAll { !needed.contains($0.name) }
  package.products = []
  let usesPackages = package.targets.contains { target in
    target.dependencies.contains { if case .productItem = $0 { true } else { false } }
  }
  if !usesPackages { package.dependencies = [] }
}
