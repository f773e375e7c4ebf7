import Features
import Files
import Tensors

/// What a channel may hear in feature maps, and how usual that is.
///
/// The first pass over the data gives the mean and the deviation of each row and of some numbers for each frame; the second locates the
/// concepts by them: "high" and "loud" is more than one deviation above the mean, "low" and "quiet" below it.
struct SoundConcepts: Sendable {
  /// Edges of the bands in Hz: octaves.
  private static let edgesHz = [125.0, 250, 500, 1000, 2000, 4000, 8000]

  private let spec: FeatureSpec?
  private let labels: [String]
  /// For each row the number of its band or range of coefficients.
  private let rowGroups: [Int]
  private let groupNames: [String]
  /// The same for bands that are heard in whole frames.
  private let bandRows: [[Int]]
  private let bandNames: [String]
  private var rowSums: [Double]
  private var rowSquares: [Double]
  private var frameSums: [Double]
  private var frameSquares: [Double]
  private var frameCount = 0

  /// - Parameter hasRows: whether the layer's maps have several rows; without, bands are those of whole frames.
  init(spec: FeatureSpec?, rowCount: Int, labels: [String], hasRows: Bool) {
    (self.spec, self.labels) = (spec, labels)
    let centers = spec.map { MelFilterBank($0).centerHz }
    if let rows = spec?.rowCentersHz {
      let (groups, names) = Self.bands(rows)
      (rowGroups, groupNames) = hasRows ? (groups, names) : ([], [])
      (bandRows, bandNames) = hasRows ? ([], []) : (Self.members(groups, names.count), names)
    } else {
      (rowGroups, groupNames) = hasRows ? Self.ranges(rowCount, isCepstral: spec != nil) : ([], [])
      let (groups, names) = Self.bands(centers ?? [])
      (bandRows, bandNames) = (Self.members(groups, names.count), names)
    }
    rowSums = Array(repeating: 0, count: rowCount)
    rowSquares = rowSums
    // The level, the onsets, and the bands.
    frameSums = Array(repeating: 0, count: spec == nil ? 0 : 2 + bandRows.count)
    frameSquares = frameSums
  }

  private static func members(_ groups: [Int], _ count: Int) -> [[Int]] {
    (0..<count).map { group in groups.indices.filter { groups[$0] == group } }
  }

  /// The band of each row; bands without a row have no number.
  private static func bands(_ centersHz: [Double]) -> ([Int], [String]) {
    let places = centersHz.map { center in edgesHz.count { $0 <= center } }
    let used = Set(places).sorted()
    func hertz(_ value: Double) -> String { value < 1000 ? "\(Int(value))" : "\(Int(value / 1000)) 000" }
    let names = used.map { place in
      switch place {
      case 0: "sound below \(hertz(edgesHz[0])) Hz"
      case edgesHz.count: "sound above \(hertz(edgesHz[place - 1])) Hz"
      default: "sound at \(hertz(edgesHz[place - 1])) to \(hertz(edgesHz[place])) Hz"
      }
    }
    return (places.map { used.firstIndex(of: $0) ?? 0 }, names)
  }

  /// 0, 1, 2 to 3, 4 to 7, ...: each range is twice as wide as the one before.
  private static func ranges(_ rowCount: Int, isCepstral: Bool) -> ([Int], [String]) {
    let (one, several) = isCepstral ? ("coefficient", "coefficients") : ("row", "rows")
    let groups = (0..<rowCount).map { row in Int.bitWidth - row.leadingZeroBitCount }
    let names = (0...(groups.last ?? 0)).map { group in
      let (first, last) = (group == 0 ? 0 : 1 << (group - 1), min(rowCount, 1 << group) - 1)
      return first == last ? "\(one) \(first)" : "\(several) \(first) to \(last)"
    }
    return (groups, names)
  }

  private var isCells: Bool { !rowGroups.isEmpty && spec?.rowCentersHz != nil }

  var concepts: [Concept] {
    var concepts = labels.map { Concept($0, .label) }
    if isCells {
      concepts += groupNames.map { Concept($0, .band) }
    } else {
      concepts += groupNames.flatMap {
        [Concept("\($0) high", .coefficients), Concept("\($0) low", .coefficients)]
      }
    }
    concepts += bandNames.map { Concept($0, .band) }
    if spec != nil {
      concepts += [Concept("loud moments", .time), Concept("quiet moments", .time), Concept("onsets", .time)]
    }
    return concepts
  }

  /// Level, onset strength and band levels of each frame.
  private func frameNumbers(_ map: Tensor) -> [[Float]] {
    guard let spec else { return [] }
    let mel = spec.melTransform?.inverse(map) ?? map
    let (bands, frames) = (mel.shape[0], mel.shape[1])
    func mean(_ rows: [Int]) -> [Float] {
      var sums = [Float](repeating: 0, count: frames)
      for row in rows { for frame in sums.indices { sums[frame] += mel.values[row * frames + frame] } }
      return sums.map { $0 / Float(max(1, rows.count)) }
    }
    let onsets = OnsetStrength(
      melDecibels: mel, sampleRateHz: spec.sampleRateHz, hopLength: spec.hopLength, fftLength: spec.fftLength)
    return [mean(Array(0..<bands)), onsets.values] + bandRows.map(mean)
  }

  // MARK: - First pass

  /// Adds a map `[F, T]`.
  mutating func add(_ map: Tensor) {
    let frames = map.shape[1]
    frameCount += frames
    for row in rowSums.indices {
      for value in map.values[row * frames..<(row + 1) * frames] {
        rowSums[row] += Double(value)
        rowSquares[row] += Double(value) * Double(value)
      }
    }
    for (place, numbers) in frameNumbers(map).enumerated() {
      for value in numbers {
        frameSums[place] += Double(value)
        frameSquares[place] += Double(value) * Double(value)
      }
    }
  }

  private func limits(_ sum: Double, _ squares: Double) -> (low: Float, high: Float) {
    let mean = sum / Double(max(1, frameCount))
    let deviation = max(0, squares / Double(max(1, frameCount)) - mean * mean).squareRoot()
    return (Float(mean - deviation), Float(mean + deviation))
  }

  // MARK: - Second pass

  /// Where the concepts are in a map `[F, T]` of a clip with this label.
  func locate(_ map: Tensor, label: String) -> ConceptMap {
    var result = ConceptMap(whole: labels.firstIndex(of: label).map { [$0] } ?? [])
    let frames = map.shape[1]
    var first = labels.count
    if !rowGroups.isEmpty {
      var codes = [UInt8](repeating: 0, count: map.count)
      for (row, group) in rowGroups.enumerated() {
        let (low, high) = limits(rowSums[row], rowSquares[row])
        for cell in row * frames..<(row + 1) * frames {
          let value = map.values[cell]
          if isCells {
            if value > high { codes[cell] = UInt8(group + 1) }
          } else if value > high || value < low {
            codes[cell] = UInt8(2 * group + (value > high ? 1 : 2))
          }
        }
      }
      result.cells.append(ConceptMap.Plane(first: first, codes: codes))
      first += groupNames.count * (isCells ? 1 : 2)
    }
    let numbers = frameNumbers(map)
    guard !numbers.isEmpty else { return result }
    func above(_ place: Int) -> [UInt8] {
      let high = limits(frameSums[place], frameSquares[place]).high
      return numbers[place].map { $0 > high ? 1 : 0 }
    }
    for band in bandRows.indices {
      result.frames.append(ConceptMap.Plane(first: first, codes: above(2 + band)))
      first += 1
    }
    let (quiet, loud) = limits(frameSums[0], frameSquares[0])
    result.frames.append(
      ConceptMap.Plane(first: first, codes: numbers[0].map { $0 > loud ? 1 : $0 < quiet ? 2 : 0 }))
    result.frames.append(ConceptMap.Plane(first: first + 2, codes: above(1)))
    return result
  }
}
