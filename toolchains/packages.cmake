# Debian packages by CPack: xueshi-terminal, xueshi-registry, xueshi-tools. scripts/make_packages builds them.
set(packages_dir ${CMAKE_SOURCE_DIR}/toolchains/packages)
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME xueshi)
set(CPACK_PACKAGE_CONTACT "xueshi developers <packages@xueshi.example>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_COMPONENTS_ALL terminal registry tools)
set(CPACK_COMPONENTS_IGNORE_GROUPS ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SECTION misc)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS OFF)
set(CPACK_DEBIAN_COMPRESSION_TYPE gzip)
if(CMAKE_CROSSCOMPILING)
  set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE ${cross_architecture})
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS
    ${CMAKE_SYSROOT}/usr/lib/${CMAKE_LIBRARY_ARCHITECTURE} ${CMAKE_SYSROOT}/lib/${CMAKE_LIBRARY_ARCHITECTURE})
endif()

# What is loaded while running and so is in no ELF header: GStreamer's plugins, the font, the fast BLAS, the CAs by which an
# archive's certificate is checked (libcurl only recommends them), systemd's helpers.
set(CPACK_DEBIAN_TERMINAL_PACKAGE_DEPENDS
  "gstreamer1.0-plugins-base, gstreamer1.0-plugins-good, gstreamer1.0-plugins-bad, gstreamer1.0-plugins-ugly, \
gstreamer1.0-libav, gstreamer1.0-x, gstreamer1.0-alsa, fonts-noto-cjk, libopenblas0-pthread, \
ca-certificates, systemd, init-system-helpers (>= 1.54)")
set(CPACK_DEBIAN_REGISTRY_PACKAGE_DEPENDS "systemd, init-system-helpers (>= 1.54)")
# A key in the TPM; the screen (a terminal for fingers alone has none), whose cage does not start without Xwayland.
set(CPACK_DEBIAN_TERMINAL_PACKAGE_RECOMMENDS "tpm2-openssl, cage, cog, seatd, xwayland")
set(CPACK_DEBIAN_TOOLS_PACKAGE_DEPENDS "python3, openssl")

set(CPACK_COMPONENT_TERMINAL_DESCRIPTION
  "attendance terminal for subsidised vocational training\n\
Recognises trainees by face or finger on the device, keeps a video clip of\n\
each punch, signs every record into a journal, and delivers it when there is\n\
a network. Holds xueshi-terminald, xueshi-syncd and xueshictl.")
set(CPACK_COMPONENT_REGISTRY_DESCRIPTION
  "attendance registry for subsidised vocational training\n\
Takes signed attendance records from terminals, counts class hours by the\n\
rules, and answers bureaus. Holds xueshi-registryd and xueshi-registryctl.")
set(CPACK_COMPONENT_TOOLS_DESCRIPTION
  "virtual fingerprint reader and auditor's verifier for xueshi\n\
xueshi-fingerfeed presses synthetic fingers on libfprint's virtual reader;\n\
xueshi-verify-journal checks a journal with Python and openssl alone.")

# xueshi_package(COMPONENT UNITS unit ...): maintainer scripts, users, licence, changes.
function(xueshi_package component)
  cmake_parse_arguments(PACKAGE "" "" "UNITS" ${ARGN})
  set(package xueshi-${component})
  set(out ${CMAKE_BINARY_DIR}/packages/${package})
  list(JOIN PACKAGE_UNITS " " units)
  set(scripts "")
  if(PACKAGE_UNITS)
    file(READ ${packages_dir}/${package}.purge purge)
    foreach(script postinst prerm postrm)
      configure_file(${packages_dir}/${script}.in ${out}/${script} @ONLY
        FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
      list(APPEND scripts ${out}/${script})
    endforeach()
    configure_file(${packages_dir}/${package}.conffiles ${out}/conffiles COPYONLY)
    list(APPEND scripts ${out}/conffiles)
    install(FILES ${packages_dir}/${package}.sysusers DESTINATION lib/sysusers.d RENAME ${package}.conf
      COMPONENT ${component})
  endif()
  string(TOUPPER ${component} upper)
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${package} PARENT_SCOPE)
  set(CPACK_DEBIAN_${upper}_PACKAGE_CONTROL_EXTRA "${scripts}" PARENT_SCOPE)
  set(CPACK_DEBIAN_${upper}_PACKAGE_CONTROL_STRICT_PERMISSION ON PARENT_SCOPE)
  install(FILES ${packages_dir}/copyright DESTINATION share/doc/${package} COMPONENT ${component})
  configure_file(${packages_dir}/changelog.in ${out}/changelog @ONLY)
  add_custom_command(OUTPUT ${out}/changelog.gz COMMAND gzip -9nkf ${out}/changelog DEPENDS ${out}/changelog)
  add_custom_target(changelog_${component} ALL DEPENDS ${out}/changelog.gz)
  add_dependencies(programs changelog_${component})
  install(FILES ${out}/changelog.gz DESTINATION share/doc/${package} COMPONENT ${component})
endfunction()

xueshi_package(terminal UNITS xueshi-terminald.service xueshi-syncd.service xueshi-kiosk.service xueshi-clock.timer)
xueshi_package(registry UNITS xueshi-registryd.service)
xueshi_package(tools)

install(FILES models/manifest.json DESTINATION share/xueshi/models COMPONENT terminal)
install(DIRECTORY models/files DESTINATION share/xueshi/models COMPONENT terminal
  FILES_MATCHING PATTERN "*.onnx" PATTERN "*.dat" PATTERN "samples" EXCLUDE)
foreach(component terminal registry) # the units' Documentation=
  install(FILES README.md README.zh-CN.md DESTINATION share/doc/xueshi-${component} COMPONENT ${component})
endforeach()
install(FILES ${packages_dir}/60-xueshi.rules DESTINATION lib/udev/rules.d COMPONENT terminal)
install(FILES ${packages_dir}/xueshi-clock.service ${packages_dir}/xueshi-clock.timer DESTINATION lib/systemd/system COMPONENT terminal)
install(PROGRAMS ${packages_dir}/ask_chronyd DESTINATION lib/xueshi COMPONENT terminal)
install(PROGRAMS scripts/verify_journal DESTINATION bin RENAME xueshi-verify-journal COMPONENT tools)

include(CPack)
