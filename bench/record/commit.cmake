# Run at each build, so that records never name an earlier commit than they were measured with: writes OUTPUT, a header
# with the commit of the sources in SOURCE, if it changed. "-dirty" says that files differ from that commit.
# LANEMARK_COMMIT in the environment says it where the sources came without their history.
set(commit "$ENV{LANEMARK_COMMIT}")
if(NOT commit)
  execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=12 --exclude=*
    OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(NOT commit)
  set(commit unknown)
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "#define LANEMARK_COMMIT \"${commit}\"\n")
