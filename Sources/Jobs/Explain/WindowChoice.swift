import Analysis
import Files

/// Which window of a track to explain.
public enum WindowChoice: Sendable, Hashable {
  /// The one in which the explained class is the most probable.
  case strongest
  /// The one that starts at a second, whether the classification had a window there or not.
  case at(Double)
  /// The one with this number, counted from 1.
  case number(Int)
}

/// A chosen window of a classified track.
struct ChosenWindow {
  /// Counted from 1; of a start of its own, the window that speaks for that time.
  let number: Int
  /// Where it starts, in seconds.
  let startSeconds: Double
  /// Why it was chosen, as a clause: "which speaks most for Hip-Hop (99.1 %)".
  let reason: String

  init(number: Int, startSeconds: Double, reason: String) {
    (self.number, self.startSeconds, self.reason) = (number, startSeconds, reason)
  }

  /// Throws for a number that the track does not have.
  init(_ choice: WindowChoice, of track: TrackClassification, explaining className: String) throws {
    let windows = track.windows
    guard let place = track.classes.firstIndex(of: className), !windows.isEmpty else {
      throw CodedError(.badInput, "nothing in it to explain", path: track.path)
    }
    switch choice {
    case .strongest where track.wholeTrack != nil:
      (number, startSeconds, reason) = (1, windows[0].startSeconds, "all of the track")
    case .strongest:
      func strongest(of candidates: [Int]) -> Int? {
        candidates.max { windows[$0].probabilities[place] < windows[$1].probabilities[place] }
      }
      // The evidence of a window that is in good part added silence would be the silence's.
      let heard = windows.indices.filter { !windows[$0].isPaddedInGoodPart }
      let all = strongest(of: Array(windows.indices)) ?? 0
      let best = strongest(of: heard) ?? all
      (number, startSeconds) = (best + 1, windows[best].startSeconds)
      let share = windows[best].probabilities[place].percentText()
      let others = best == all ? "" : ", of those that are not in good part added silence"
      reason = windows.count == 1 ? "the only one" : "which speaks most for \(className) (\(share))\(others)"
    case .at(let seconds):
      let nearest = windows.indices.reduce(0) {
        abs(windows[$1].startSeconds - seconds) < abs(windows[$0].startSeconds - seconds) ? $1 : $0
      }
      (number, startSeconds, reason) = (nearest + 1, seconds, "the one asked for by --start")
    case .number(let wanted):
      guard windows.indices.contains(wanted - 1) else {
        throw CodedError(
          .usage, "there is no window \(wanted): the track has \(windows.count)", path: track.path)
      }
      (number, startSeconds) = (wanted, windows[wanted - 1].startSeconds)
      reason = "the one asked for by --window"
    }
  }

  /// The same window, chosen for another reason.
  func because(_ reason: String) -> ChosenWindow {
    ChosenWindow(number: number, startSeconds: startSeconds, reason: reason)
  }
}
