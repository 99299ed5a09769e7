"""The pages for reading: the course map, lessons, the glossary, search results."""
