.PHONY: test demo build lint dependencies
