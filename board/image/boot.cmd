# The boot loader's part: choose a slot, count the attempt, check what is read, start it.
# Boot state: U-Boot environments of one sector at LBA 2048 and 2056, beside all file systems; the second is a copy.
# BOOT_ORDER says which slot comes first, BOOT_x_LEFT how often it may still be tried; the running system sets it
# back when the printer answers. Settings that differ from board to board were put before this line.
test -n "${devtype}" || setenv devtype mmc
test -n "${devnum}" || setenv devnum 0
${devtype} dev ${devnum}
setexpr state ${slot_at} - 10000
setenv BOOT_ORDER
setenv BOOT_A_LEFT
setenv BOOT_B_LEFT
if ${devtype} read ${state} 800 1 && env import -c ${state} 200 BOOT_ORDER BOOT_A_LEFT BOOT_B_LEFT; then true; else
  if ${devtype} read ${state} 808 1 && env import -c ${state} 200 BOOT_ORDER BOOT_A_LEFT BOOT_B_LEFT; then true; else
    echo "boot state damaged, starting anew"
  fi
fi
test -n "${BOOT_ORDER}" || setenv BOOT_ORDER "A B"
test -n "${BOOT_A_LEFT}" || setenv BOOT_A_LEFT 3
test -n "${BOOT_B_LEFT}" || setenv BOOT_B_LEFT 3

setenv slot
for each in ${BOOT_ORDER}; do
  if test -n "${slot}"; then true
  elif test "${each}" = "A" && itest ${BOOT_A_LEFT} -gt 0; then
    setexpr BOOT_A_LEFT ${BOOT_A_LEFT} - 1
    setenv slot A; setenv number 2
  elif test "${each}" = "B" && itest ${BOOT_B_LEFT} -gt 0; then
    setexpr BOOT_B_LEFT ${BOOT_B_LEFT} - 1
    setenv slot B; setenv number 3
  fi
done
if test -z "${slot}"; then
  echo "no slot has attempts left, starting anew"
  setenv BOOT_A_LEFT 3; setenv BOOT_B_LEFT 3
fi
env export -c -s 200 ${state} BOOT_ORDER BOOT_A_LEFT BOOT_B_LEFT
${devtype} write ${state} 800 1
${devtype} write ${state} 808 1
test -n "${slot}" || reset

echo "slot ${slot}: attempts left A ${BOOT_A_LEFT}, B ${BOOT_B_LEFT}"
# Every step is checked: memory may still hold what was started before.
setenv slot_blocks
part start ${devtype} ${devnum} ${number} start
if ${devtype} read ${state} ${start} 1 && env import -c ${state} 200 slot_version slot_blocks slot_initramfs slot_tree; then
  setexpr start ${start} + 8
  if ${devtype} read ${slot_at} ${start} ${slot_blocks}; then
    setexpr initramfs ${slot_at} + ${slot_initramfs}
    if test -n "${slot_tree}"; then setexpr tree ${slot_at} + ${slot_tree}; else setenv tree ${fdtcontroladdr}; fi
    setenv bootargs "${arguments} inkstand.slot=${slot}"
    setenv verify yes
    setenv initrd_high
    bootm ${slot_at} ${initramfs} ${tree}
  fi
fi
echo "slot ${slot} does not start"
sleep 1
reset
