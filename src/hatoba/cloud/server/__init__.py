"""The cloud as one process: every service made, its loops running, one HTTP endpoint in front."""
