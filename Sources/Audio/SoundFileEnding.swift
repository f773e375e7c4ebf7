/// What a file's extension indicates, for a search through folders. A file that is named explicitly is opened whatever its
/// extension: its content decides.
public enum SoundFileEnding {
  /// Read by libmpg123 or libsndfile; in lower case, without the dot.
  public static let builtIn: Set<String> = [
    "mp1", "mp2", "mp3", "mpga", "wav", "wave", "bwf", "rf64", "w64", "flac", "ogg", "oga", "opus", "aif",
    "aiff", "aifc", "au", "snd", "caf", "voc", "sph", "svx", "8svx",
  ]
  /// Sound in codecs or containers that neither reads: ffmpeg does, if it is installed (``FFmpeg``).
  public static let foreign: Set<String> = [
    "m4a", "m4b", "m4p", "m4r", "mp4", "aac", "adts", "alac", "wma", "asf", "mka", "webm", "weba", "ape",
    "wv",
    "mpc", "mp+", "tta", "tak", "ofr", "shn", "spx", "ac3", "eac3", "dts", "dtshd", "mlp", "thd", "dsf",
    "dff",
    "amr", "awb", "3gp", "3ga", "ra", "rm", "ram", "oma", "aa3", "at3", "gsm", "qcp",
  ]
  /// Files that contain sound along with pictures (video), or notes (MIDI): never selected by a search.
  public static let unsearched: Set<String> = [
    "mkv", "mov", "avi", "m4v", "wmv", "flv", "mpg", "mpeg", "ogv", "mts", "m2ts", "vob", "mid", "midi",
    "kar",
    "rmi", "mod", "xm", "it", "s3m",
  ]
}
