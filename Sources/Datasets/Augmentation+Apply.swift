import Files
import Foundation
public import Models
public import Tensors

extension Augmentation {
  /// Changes a batch `[N, 1, F, T]` and, if pairs are mixed, its targets `[N, K]` in place.
  ///
  /// The same generator state gives the same batch, on any number of threads. Cost: a few passes over the batch; noise about 2 ns
  /// per cell; a mel mask of b bands on MFCC 2 b products per cell.
  ///
  /// - Parameter melAxis: the maps' mel bands; needed if `masksMel`.
  ///
  /// Traps when an amount is negative, the shapes do not fit, or the mel axis is needed but not given.
  public func apply(
    to batch: inout Tensor, targets: inout Tensor, using generator: inout SeededGenerator,
    melAxis: MelAxis? = nil
  ) {
    demand(!masksMel || melAxis != nil, "mel masks on maps whose mel axis is not known")
    demand(
      batch.shape.rank == 4 && batch.shape[1] == 1 && targets.shape.rank == 2
        && targets.shape[0] == batch.shape[0],
      "batch \(batch.shape) with targets \(targets.shape)")
    let (count, bins, frames) = (batch.shape[0], batch.shape[2], batch.shape[3])
    guard !isIdentity, batch.count > 0 else { return }
    batch.withMutableSpan { values in
      for clip in 0..<count {
        let map = MapView(start: clip * bins * frames, bins: bins, frames: frames)
        moveInTime(&values, map, &generator)
      }
    }
    if mixup > 0 { mix(&batch, &targets, &generator) }
    if cutmix > 0, generator.uniform() < cutmix { cut(&batch, &targets, &generator) }
    batch.withMutableSpan { values in
      for clip in 0..<count {
        let map = MapView(start: clip * bins * frames, bins: bins, frames: frames)
        offset(&values, map, hasMelRows: melAxis?.hasMelRows ?? false, &generator)
        addNoise(&values, map, &generator)
        mask(&values, map, &generator)
        if masksMel, let melAxis {
          let bands = (0..<melMaskCount).map { _ in
            stretch(upTo: melMaskBands, of: melAxis.bandCount, &generator)
          }
          melAxis.mask(bands, of: &values, at: map.start, frames: map.frames)
        }
      }
    }
  }

  /// Where one clip's map lies in the batch.
  private struct MapView {
    let start: Int
    let bins: Int
    let frames: Int

    func row(_ bin: Int) -> Range<Int> { start + bin * frames..<start + (bin + 1) * frames }
  }

  // MARK: - Time

  private func moveInTime(
    _ values: inout MutableSpan<Float>, _ map: MapView, _ generator: inout SeededGenerator
  ) {
    let rate = timeStretch > 0 ? stretchFactor(&generator) : 1
    let shift = timeShiftFrames > 0 ? generator.index(below: 2 * timeShiftFrames + 1) - timeShiftFrames : 0
    guard rate != 1 || shift != 0 else { return }
    var source = [Float](repeating: 0, count: map.frames)
    for bin in 0..<map.bins {
      let row = map.row(bin)
      for frame in 0..<map.frames { source[frame] = values[row.lowerBound + frame] }
      for frame in 0..<map.frames {
        values[row.lowerBound + frame] =
          rate == 1
          ? shifted(source, frame + shift) : interpolated(source, Float(frame) * rate + Float(shift))
      }
    }
  }

  private func shifted(_ row: [Float], _ place: Int) -> Float {
    if row.indices.contains(place) { return row[place] }
    return timeShiftWraps ? row[wrapped(place, row.count)] : 0
  }

  private func interpolated(_ row: [Float], _ place: Float) -> Float {
    let whole = place.rounded(.down)
    let fraction = place - whole
    let first = wrapped(Int(whole), row.count)
    return row[first] * (1 - fraction) + row[wrapped(first + 1, row.count)] * fraction
  }

  private func wrapped(_ place: Int, _ count: Int) -> Int {
    let rest = place % count
    return rest < 0 ? rest + count : rest
  }

  // MARK: - Pairs

  private func mix(_ batch: inout Tensor, _ targets: inout Tensor, _ generator: inout SeededGenerator) {
    let weight = Float(generator.beta(mixup))
    let partners = Array(0..<batch.shape[0]).shuffled(using: &generator)
    blend(&batch, partners, weight)
    blend(&targets, partners, weight)
  }

  /// Each item becomes `weight * itself + (1 - weight) * its partner`.
  private func blend(_ tensor: inout Tensor, _ partners: [Int], _ weight: Float) {
    let original = tensor.values
    let size = tensor.count / partners.count
    tensor.withMutableSpan { values in
      unsafe values.withUnsafeMutableBufferPointer { values in
        unsafe original.withUnsafeBufferPointer { original in
          for (item, partner) in partners.enumerated() where item != partner {
            let (first, second) = (item * size, partner * size)
            for offset in 0..<size {
              unsafe values[first &+ offset] =
                weight * original[first &+ offset] + (1 - weight) * original[second &+ offset]
            }
          }
        }
      }
    }
  }

  private func cut(_ batch: inout Tensor, _ targets: inout Tensor, _ generator: inout SeededGenerator) {
    let frames = batch.shape[3]
    let length = generator.index(below: frames)
    let first = generator.index(below: frames - length + 1)
    let partners = Array(0..<batch.shape[0]).shuffled(using: &generator)
    let original = batch.values
    let rows = batch.count / frames / partners.count
    batch.withMutableSpan { values in
      for (item, partner) in partners.enumerated() where item != partner {
        for row in 0..<rows {
          for frame in first..<first + length {
            values[(item * rows + row) * frames + frame] = original[(partner * rows + row) * frames + frame]
          }
        }
      }
    }
    blend(&targets, partners, 1 - Float(length) / Float(frames))
  }

  // MARK: - Level, noise, masks

  private func offset(
    _ values: inout MutableSpan<Float>, _ map: MapView, hasMelRows: Bool,
    _ generator: inout SeededGenerator
  ) {
    guard !hasMelRows else { return bend(&values, map, &generator) }
    if gain > 0 { add(gain * generator.normal(), to: &values, map.row(0)) }
    guard tilt > 0 else { return }
    for bin in stride(from: 1, through: min(tiltBins, map.bins - 1), by: 1) {
      add(tilt * generator.normal(), to: &values, map.row(bin))
    }
  }

  /// A level and slow waves over the rows of a mel map: what ``gain`` and ``tilt`` of MFCC are on that axis.
  private func bend(_ values: inout MutableSpan<Float>, _ map: MapView, _ generator: inout SeededGenerator) {
    guard gain > 0 || tilt > 0 else { return }
    let level = gain > 0 ? gain * generator.normal() : 0
    let waves =
      tilt > 0 ? (0..<max(0, min(tiltBins, map.bins - 1))).map { _ in tilt * generator.normal() } : []
    for bin in 0..<map.bins {
      let place = Float.pi * (Float(bin) + 0.5) / Float(map.bins)
      let amount = waves.enumerated().reduce(level) { $0 + $1.element * cos(Float($1.offset + 1) * place) }
      add(amount, to: &values, map.row(bin))
    }
  }

  private func add(_ amount: Float, to values: inout MutableSpan<Float>, _ cells: Range<Int>) {
    for index in cells { values[index] += amount }
  }

  private func addNoise(
    _ values: inout MutableSpan<Float>, _ map: MapView, _ generator: inout SeededGenerator
  ) {
    guard noise > 0 else { return }
    NormalTable.shared.add(noise, to: &values, map.start..<map.start + map.bins * map.frames, &generator)
  }

  private func mask(_ values: inout MutableSpan<Float>, _ map: MapView, _ generator: inout SeededGenerator) {
    if timeMaskFrames > 0 {
      for _ in 0..<timeMaskCount {
        let frames = stretch(upTo: timeMaskFrames, of: map.frames, &generator)
        for bin in 0..<map.bins {
          for frame in frames { values[map.row(bin).lowerBound + frame] = 0 }
        }
      }
    }
    if binMaskBins > 0 {
      for bin in stretch(upTo: binMaskBins, of: map.bins, &generator) { clear(&values, map.row(bin)) }
    }
    if binDrop > 0 {
      for bin in 0..<map.bins where generator.uniform() < binDrop { clear(&values, map.row(bin)) }
    }
  }

  /// A range of uniform length `0 ... longest` at a uniform place.
  private func stretch(upTo longest: Int, of extent: Int, _ generator: inout SeededGenerator) -> Range<Int> {
    let length = generator.index(below: min(longest, extent) + 1)
    let first = generator.index(below: extent - length + 1)
    return first..<first + length
  }

  private func clear(_ values: inout MutableSpan<Float>, _ cells: Range<Int>) {
    for index in cells { values[index] = 0 }
  }
}
