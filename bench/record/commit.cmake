# SPDX-License-Identifier: MIT

# Run at each build, so that records never name an earlier commit than they were measured with: writes OUTPUT, a header
# with the commit of the sources in SOURCE, if it changed. Where files differ from that commit it is
# "COMMIT-dirty-DIGEST", and the digest is of how they differ: two builds of one commit need not be one.
# LANEMARK_COMMIT in the environment says it where the sources came without their history. Without either it is
# "unknown", which is like no other, and this says why.

# in_sources(<result> <git's arguments...>): what git says of the sources, and ok or, in <result>_problem, its complaint.
function(in_sources result)
  execute_process(COMMAND git -C ${SOURCE} ${ARGN}
    OUTPUT_VARIABLE said ERROR_VARIABLE complaint RESULT_VARIABLE code OUTPUT_STRIP_TRAILING_WHITESPACE
    ERROR_STRIP_TRAILING_WHITESPACE)
  set(problem "")
  if(NOT code EQUAL 0)
    set(said "")
    set(problem "${code}: ${complaint}")
  endif()
  set(${result} "${said}" PARENT_SCOPE)
  set(${result}_problem "${problem}" PARENT_SCOPE)
endfunction()

# Of what differs: tracked files, and new ones among the layers, which a CMakeLists.txt may name.
function(digest_of_changes digest)
  in_sources(changes diff HEAD --binary --no-ext-diff --no-textconv --no-color)
  in_sources(new ls-files --others --exclude-standard -- kernels collectives bench)
  string(REPLACE ";" "\\;" new "${new}")
  string(REPLACE "\n" ";" new "${new}")
  foreach(file IN LISTS new)
    if(EXISTS "${SOURCE}/${file}" AND NOT IS_DIRECTORY "${SOURCE}/${file}")
      file(SHA1 "${SOURCE}/${file}" hash)
      string(APPEND changes "\n${file} ${hash}")
    endif()
  endforeach()
  string(SHA1 hash "${changes}")
  string(SUBSTRING ${hash} 0 12 hash)
  set(${digest} ${hash} PARENT_SCOPE)
endfunction()

set(commit "$ENV{LANEMARK_COMMIT}")
if(commit AND NOT commit MATCHES "^[A-Za-z0-9._+-]+$")
  message(FATAL_ERROR "lanemark: LANEMARK_COMMIT='${commit}' is no name of a commit; letters, digits and . _ + - are")
endif()
if(NOT commit)
  # Within another project's repository git would name that one's commit.
  in_sources(known ls-files --error-unmatch CMakeLists.txt)
  if(known_problem STREQUAL "")
    in_sources(commit describe --always --dirty --abbrev=12 --exclude=*)
    set(known_problem "${commit_problem}")
  endif()
  if(commit MATCHES "-dirty$")
    digest_of_changes(digest)
    set(commit "${commit}-${digest}")
  endif()
endif()
if(NOT commit)
  set(commit unknown)
  if(known_problem MATCHES "dubious ownership")
    set(cure "the sources belong to another user, and git does not read their history: git config --global --add safe.directory ${SOURCE}")
  elseif(known_problem MATCHES "not a git repository|did not match any file|pathspec")
    set(cure "the sources came without git's history: build from a clone, or set LANEMARK_COMMIT=COMMIT")
  elseif(known_problem MATCHES "^[0-9]+:")
    set(cure "git fails: set LANEMARK_COMMIT=COMMIT, or mend what git says")
  else()
    set(cure "there is no git: install it, or set LANEMARK_COMMIT=COMMIT")
  endif()
  message(WARNING "lanemark: the commit of this build is unknown; ${cure}\n"
    "Records will not say which build they measured: lanemark calibrate and gate --confirm refuse them, and history takes "
    "each launch for a build of its own. (${known_problem})")
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "#define LANEMARK_COMMIT \"${commit}\"\n")
