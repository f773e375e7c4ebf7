/// The name among some that a mistyped one most likely stands for.
///
/// Distance: inserted, deleted, replaced and swapped neighbouring letters (optimal string alignment), case aside; it may
/// be a third of the longer name's length. Nil when no name is as near as that.
package func nearestName(to text: String, among names: [String]) -> String? {
  let wanted = Array(text.lowercased().prefix(64))
  let rated = names.map { name in (name, editDistance(wanted, Array(name.lowercased().prefix(64)))) }
  guard let best = rated.min(by: { $0.1 < $1.1 }) else { return nil }
  return best.1 <= max(1, max(wanted.count, best.0.count) / 3) ? best.0 : nil
}

private func editDistance(_ first: [Character], _ second: [Character]) -> Int {
  var previous: [Int] = []
  var row = Array(0...second.count)
  for i in first.indices {
    var next = [i + 1]
    for j in second.indices {
      var cost = min(next[j] + 1, row[j + 1] + 1, row[j] + (first[i] == second[j] ? 0 : 1))
      if i > 0, j > 0, first[i] == second[j - 1], first[i - 1] == second[j] {
        cost = min(cost, previous[j - 1] + 1)
      }
      next.append(cost)
    }
    (previous, row) = (row, next)
  }
  return row[second.count]
}

/// "; did you mean NAME?" where a known name is near; empty where none is.
package func suggestion(for text: String, among names: [String]) -> String {
  nearestName(to: text, among: names).map { "; did you mean \($0)?" } ?? ""
}
