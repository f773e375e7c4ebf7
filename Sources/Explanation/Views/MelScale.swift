import Features
import Foundation

/// Slaney's mel scale as librosa has it (htk=False): linear below 1 kHz, logarithmic above.
enum MelScale {
  private static let linearHz = 200.0 / 3
  private static let breakMel = 15.0
  private static let logStep = log(6.4) / 27

  static func mel(fromHz hz: Double) -> Double {
    hz < 1000 ? hz / linearHz : breakMel + log(hz / 1000) / logStep
  }

  static func hz(fromMel mel: Double) -> Double {
    mel < breakMel ? mel * linearHz : 1000 * exp(logStep * (mel - breakMel))
  }

  /// Centres of a spec's mel bands in Hz: the inner points of M + 2 points evenly spaced in mel.
  static func bandCentersHz(of spec: FeatureSpec) -> [Double] {
    let low = mel(fromHz: spec.minimumHz)
    let high = mel(fromHz: spec.maximumHz ?? Double(spec.sampleRateHz) / 2)
    return (1...max(1, spec.melBandCount)).map { band in
      hz(fromMel: low + (high - low) * Double(band) / Double(spec.melBandCount + 1))
    }
  }
}
