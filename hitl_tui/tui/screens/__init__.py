"""The screens: the review does the work, everything else lies over it."""
