# U-Boot's script of the A/B image: takes the first slot of BOOT_ORDER that has tries left, counts one try down, boots it.
# RAUC refills the tries of a slot that came up (BOOT_x_LEFT) and puts a new one first (BOOT_ORDER); how many tries each
# gets stands in RAUC's system.conf. The three variables are in the partition `environment`, with a CRC, and behind them what
# this script last wrote: that counts where power was cut while the first ones were written. Where neither holds, both slots
# are tried. Numbers are hexadecimal.
# Partitions: 1 boot, 2 environment, 3 boot_a, 4 root_a, 5 boot_b, 6 root_b, 7 data.
# A place in RAM that every board's U-Boot names; the initrd goes there later.
setenv place ${ramdisk_addr_r}
setenv size 0x4000
setenv blocks 0x20
# Whom read and write mean, which unlike load take no number.
${devtype} dev ${devnum}
part start ${devtype} ${devnum} 2 first
setexpr second ${first} + ${blocks}
setenv names "BOOT_ORDER BOOT_A_LEFT BOOT_B_LEFT"
setenv save 'env export -c -s ${size} ${place} ${names}; ${devtype} write ${place} ${second} ${blocks}; ${devtype} write ${place} ${first} ${blocks}'
for copy in ${second} ${first}; do
  if ${devtype} read ${place} ${copy} ${blocks}; then env import -c ${place} ${size} ${names}; fi
done
test -n "${BOOT_ORDER}" || setenv BOOT_ORDER "A B"
test -n "${BOOT_A_LEFT}" || setenv BOOT_A_LEFT 3
test -n "${BOOT_B_LEFT}" || setenv BOOT_B_LEFT 3
for slot in ${BOOT_ORDER}; do
  if test "${slot}" = "A"; then setenv part 3; setenv root root_a; setenv left ${BOOT_A_LEFT}; fi
  if test "${slot}" = "B"; then setenv part 5; setenv root root_b; setenv left ${BOOT_B_LEFT}; fi
  if itest ${left} -gt 0; then
    setexpr BOOT_${slot}_LEFT ${left} - 1
    run save
    echo "xueshi: starting slot ${slot}, tries left: ${left}"
    setenv bootargs "ro panic=5 quiet systemd.gpt_auto=0 rauc.slot=${slot} xueshi.root=${root} xueshi.disk=${devtype}${devnum}"
    if load ${devtype} ${devnum}:${part} ${kernel_addr_r} vmlinuz; then
      if load ${devtype} ${devnum}:${part} ${ramdisk_addr_r} initrd; then
        booti ${kernel_addr_r} ${ramdisk_addr_r}:${filesize} ${fdtcontroladdr}
      fi
    fi
    echo "xueshi: slot ${slot} cannot be started"
  fi
done
echo "xueshi: no slot came up; trying all again"
setenv BOOT_A_LEFT 3
setenv BOOT_B_LEFT 3
run save
reset
