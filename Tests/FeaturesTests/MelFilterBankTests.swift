import Features
import Tensors
import TestSupport
import Testing

@Suite(.tags(.reference)) struct MelFilterBankTests {
  @Test func weightsEqualLibrosa() throws {
    let bank = MelFilterBank(
      sampleRateHz: 22_050, fftLength: 512, bandCount: 40, minimumHz: 50, maximumHz: 8000)
    #expect(bank.matrix.shape == [40, 257])
    // The same formula in double precision, rounded once more or less.
    expectClose(bank.matrix.values, try readFloats(golden("mel-bank-40.f32")), absolute: 1e-9, relative: 1e-6)
  }

  @Test func defaultBankEqualsLibrosa() throws {
    let bank = MelFilterBank(.mfcc128)
    let matrix = bank.matrix
    var (sums, moments, peaks): ([Float], [Float], [Float]) = ([], [], [])
    for band in 0..<128 {
      let row = (0...1024).map { matrix[band, $0] }
      sums.append(row.reduce(0, +))
      moments.append(row.enumerated().reduce(0) { $0 + Float($1.offset) * $1.element })
      peaks.append(row.max() ?? 0)
    }
    expectClose(sums + moments + peaks, try readFloats(golden("mel-bank-sums.f32")), relative: 1e-5)
    expectClose(bank.centerHz.map { Float($0) }, try readFloats(golden("mel-centers.f32")), relative: 1e-6)
  }

  @Test func scaleIsSlaneys() {
    // 1000 Hz is mel 15, 6400 Hz is 27 mels higher.
    #expect(abs(MelFilterBank.mel(fromHz: 1000) - 15) < 1e-12)
    #expect(abs(MelFilterBank.mel(fromHz: 6400) - 42) < 1e-12)
    for hz in [0, 66.6, 999, 1001, 11_025] {
      #expect(abs(MelFilterBank.hz(fromMel: MelFilterBank.mel(fromHz: hz)) - hz) < 1e-9)
    }
  }
}
