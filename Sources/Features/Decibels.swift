import Files

/// Power to decibels in place: `10 log10(max(x, 1e-10))`, as `librosa.power_to_db` with ref 1 and amin 1e-10;
/// returns the largest. nil when a power is infinite or not a number.
///
/// The logarithm is split as `ln x = e ln 2 + 2 atanh(s)`, `s = (m - 1) / (m + 1)`, with the mantissa m
/// within sqrt(1/2)...sqrt(2) and five terms of the series: its error is below that of `Float` itself.
/// `values.count` must be a multiple of 8.
func powerToDecibels(_ values: UnsafeMutableBufferPointer<Float>) -> Float? {
  demand(values.count % 8 == 0, "\(values.count) values")
  let bytes = UnsafeMutableRawPointer(values.baseAddress!)
  var largest = SIMD8<Float>(repeating: -.infinity)
  var bad = SIMD8<UInt32>.zero
  var byte = 0
  while byte < 4 &* values.count {
    let power = unsafe bytes.loadUnaligned(fromByteOffset: byte, as: SIMD8<Float>.self)
    let bits = unsafe unsafeBitCast(power, to: SIMD8<UInt32>.self)
    bad |= (bits & 0x7FFF_FFFF) &+ 0x0080_0000
    let decibels = decibels(of: power.replacing(with: 1e-10, where: power .< 1e-10))
    unsafe bytes.storeBytes(of: decibels, toByteOffset: byte, as: SIMD8<Float>.self)
    largest.replace(with: decibels, where: decibels .> largest)
    byte &+= 32
  }
  guard bad.max() & 0x8000_0000 == 0 else { return nil }
  return largest.max()
}

/// `unit 10 log10(max(slope x + offset, floor))` in place, as ``powerToDecibels(_:)``. The floor must be a normal number.
func logarithms(
  of values: UnsafeMutableBufferPointer<Float>, slope: Float, offset: Float, floor: Float, unit: Float
) -> Float? {
  demand(values.count % 8 == 0, "\(values.count) values")
  let bytes = UnsafeMutableRawPointer(values.baseAddress!)
  var largest = SIMD8<Float>(repeating: -.infinity)
  var bad = SIMD8<UInt32>.zero
  let lowest = SIMD8<Float>(repeating: floor)
  var byte = 0
  while byte < 4 &* values.count {
    let x = slope * (unsafe bytes.loadUnaligned(fromByteOffset: byte, as: SIMD8<Float>.self)) + offset
    let bits = unsafe unsafeBitCast(x, to: SIMD8<UInt32>.self)
    bad |= (bits & 0x7FFF_FFFF) &+ 0x0080_0000
    let result = unit * decibels(of: x.replacing(with: lowest, where: x .< lowest))
    unsafe bytes.storeBytes(of: result, toByteOffset: byte, as: SIMD8<Float>.self)
    largest.replace(with: result, where: result .> largest)
    byte &+= 32
  }
  guard bad.max() & 0x8000_0000 == 0 else { return nil }
  return largest.max()
}

/// `10 log10(x)` of normal positive numbers.
@inline(__always)
private func decibels(of power: SIMD8<Float>) -> SIMD8<Float> {
  let bits = unsafe unsafeBitCast(power, to: SIMD8<Int32>.self)
  // 0x3F3504F3 is sqrt(1/2): with it taken off, the exponent field changes where the mantissa passes sqrt(2).
  let shifted = bits &- 0x3F35_04F3
  let exponent = SIMD8<Float>(shifted &>> 23)
  let mantissa = unsafe unsafeBitCast((shifted & 0x007F_FFFF) &+ 0x3F35_04F3, to: SIMD8<Float>.self)
  let s = (mantissa - 1) / (mantissa + 1)
  let square = s * s
  var series = square * 0.111_111_111 + 0.142_857_143
  series = series * square + 0.2
  series = series * square + 0.333_333_333
  series = series * square + 1
  return exponent * 3.010_299_957 + (8.685_889_638 * s) * series
}

/// Raises all values below a floor to it.
func clampBelow(_ floor: Float, _ values: UnsafeMutableBufferPointer<Float>) {
  for index in 0..<values.count where unsafe values[index] < floor { unsafe values[index] = floor }
}
