print("genrelens")
