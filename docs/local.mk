EXTRA_DIST += docs/architecture.md docs/plugin-guide.md
