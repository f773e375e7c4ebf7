extension Sequence<Double> {
  /// The sum, taken in order of size, so that the order of the values cannot show in the last digits.
  package var orderlessSum: Double { sorted().reduce(0, +) }
}
