/// What a reproduction of the founding report does one after another, in the words shown while it runs.
enum FoundingStage: String, CaseIterable {
  case hearing = "hearing the drawn tracks"
  case explaining = "explaining them"
  case choosing = "choosing a window of each"
  case masking = "Average Drop, ROAD"
  case testing = "intervals and tests"
  case comparing = "tracks of the training part"
  case drawing = "figures and tables"
}
