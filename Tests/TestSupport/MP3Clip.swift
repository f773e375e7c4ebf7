import CSndfile

/// Writes mono samples as a real MP3 file (libsndfile's encoder, 44 100 Hz). False when it could not.
public func writeMP3(_ samples: [Float], to path: String) -> Bool {
  var info = SF_INFO()
  info.samplerate = 44_100
  info.channels = 1
  info.format = Int32(SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III)
  guard let file = unsafe sf_open(path, Int32(SFM_WRITE), &info) else { return false }
  let written = unsafe sf_writef_float(file, samples, sf_count_t(samples.count))
  return unsafe sf_close(file) == 0 && written == samples.count
}
