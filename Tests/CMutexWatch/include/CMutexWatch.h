// Nothing to call: linking the target is enough, see mutex_watch.c.
