// filled in by the steps to come
