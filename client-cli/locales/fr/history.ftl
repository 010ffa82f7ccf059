# Ce qui a été dit : le chercher, le garder un temps, l'emporter ailleurs.
help-search = Chercher des messages et des fichiers dans toutes vos conversations, les plus récents d'abord.
help-search-words = Mots, ou débuts de mots ; tous doivent s'y trouver. Casse et accents ne comptent pas.
help-search-with = Seulement dans la conversation avec cette personne.
help-search-last = Au plus ce nombre ; 50 si vous n'en dites rien.
help-search-before = Seulement les messages plus anciens que celui-ci.
error-search-empty = Il n'y a aucun mot dans ce que vous cherchez.
chat-keys-search = F8, Ctrl+F
chat-help-search = trouve un message dans toutes les conversations et y va
chat-search-title = Chercher un message
chat-search-hint = ↑ ↓ choisir · Entrée y va · Échap ferme
chat-search-how = Mots, ou débuts de mots, d'un message ou d'un nom de fichier.
chat-search-none = Aucun message ne contient tous ces mots.
chat-search-here = trouvé
chat-search-too-far = Ce message est plus loin que cette fenêtre ne remonte.
error-policy-ephemeral-off = Votre organisation n'autorise pas les messages qui s'effacent.
error-policy-export-forbid = Votre organisation n'autorise pas l'écriture d'une conversation dans des fichiers.
error-timer-range = Un minuteur va de 1 à { $detail } secondes, ou « off ».
rule-message-ephemeral-off = Vous ne pouvez pas faire s'effacer des messages.
rule-message-ephemeral-allowed = Vous pouvez faire s'effacer les messages d'une conversation.
rule-message-ephemeral-seconds-none = Aucune durée n'est fixée après laquelle les messages lus sont supprimés.
rule-message-ephemeral-seconds-limit = Les messages sont supprimés { $detail } après leur lecture.
rule-message-export-allow = Vous pouvez écrire une conversation dans des fichiers.
rule-message-export-forbid = Vous ne pouvez pas écrire une conversation dans des fichiers.
help-timer = Montrer ou régler combien de temps les messages échangés avec quelqu'un restent une fois lus.
help-timer-seconds = Secondes, de 1 à 31622400, ou « off ».
duration-seconds = { $count ->
    [one] { $count } seconde
   *[other] { $count } secondes
}
duration-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}
duration-hours = { $count ->
    [one] { $count } heure
   *[other] { $count } heures
}
duration-days = { $count ->
    [one] { $count } jour
   *[other] { $count } jours
}
duration-short-seconds = { $count } s
duration-short-minutes = { $count } min
duration-short-hours = { $count } h
duration-short-days = { $count } j
timer-set = ⏲ Les messages sont supprimés { $time } après leur lecture.
timer-taken-back = ⏲ Les messages restent.
timer-of-policy = Votre organisation les fait supprimer { $time } après leur lecture.
chat-keys-timer = F9
chat-help-timer = fait s'effacer les messages de cette conversation
chat-keys-timer-mark = ⏲
chat-help-timer-mark = ici les messages sont supprimés tant de temps après leur lecture
chat-timer-title = Messages qui s'effacent
chat-timer-hint = ↑ ↓ choisir · Entrée règle · Échap ferme
chat-timer-off = Les messages restent
chat-timer-after = Supprimés { $time } après leur lecture
chat-timer-both = Cela vaut pour ce que vous écrivez tous les deux à partir de maintenant.
help-export = Écrire une conversation dans un dossier : une page pour tout navigateur ou imprimante, et ses fichiers.
help-export-folder = Un dossier nouveau ou vide.
error-export-not-empty = Ce dossier n'est pas vide : choisissez-en un nouveau.
error-export-folder = Impossible d'écrire dans ce dossier.
error-export-stopped = Arrêté. Ce qui était écrit est retiré ; les fichiers enregistrés en chemin restent.
export-language = fr
export-title = Conversation avec { $who }
export-times = Heures : { $zone }
export-bytes = { $bytes } octets
export-file-missing = absent de cet appareil, ou modifié depuis
export-quote-gone = un message qui n'est plus là
export-deleted = Ce message a été supprimé.
export-unreadable = Une version plus récente de ce programme montre ce message.
export-forwarded = transféré
export-edited = modifié { $when }
export-left-out = { $count ->
    [one] { $count } message qui s'efface a été laissé de côté.
   *[other] { $count } messages qui s'effacent ont été laissés de côté.
}
export-missing-count = { $count ->
    [one] { $count } fichier n'est pas sur cet appareil, ou a changé depuis son envoi.
   *[other] { $count } fichiers ne sont pas sur cet appareil, ou ont changé depuis leur envoi.
}
export-done = { $folder } : { $messages ->
    [one] { $messages } message
   *[other] { $messages } messages
}, { $files ->
    [one] { $files } fichier
   *[other] { $files } fichiers
}
export-end = Écrit par Isoloir d'après les messages d'un seul appareil. Cela ne prouve rien à d'autres.
